"use strict";
// A self-service machine counts down before the visitor's eyes; the server ends the session by itself all the same.
(function () {
  const bar = document.querySelector("[data-kiosk]");
  if (!bar) return;
  const whole = Number(bar.dataset.kiosk);
  const shown = bar.querySelector("[data-left]");
  const leave = bar.querySelector("[data-leave]");
  const token = leave.querySelector("[name=csrfmiddlewaretoken]").value;
  const SOON = 15;
  const EVERY = 5000;
  let until = Date.now() + whole * 1000;
  let told = Date.now();
  let waiting = 0;
  let gone = false;

  function tell() {
    waiting = 0;
    told = Date.now();
    fetch(bar.dataset.alive, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => {});
  }

  function touched() {
    until = Date.now() + whole * 1000;
    if (!waiting) waiting = window.setTimeout(tell, Math.max(0, told + EVERY - Date.now()));
    show();
  }

  function show() {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    shown.textContent = String(left);
    bar.classList.toggle("soon", left <= SOON);
    return left;
  }

  ["pointerdown", "keydown", "input"].forEach((type) => document.addEventListener(type, touched, { passive: true }));
  window.setInterval(() => {
    if (gone || show() > 0) return;
    gone = true; // a second submission would break off the first
    leave.submit();
  }, 500);

  // The next visitor must not be offered what this one typed.
  document.querySelectorAll("form,input,textarea").forEach((one) => one.setAttribute("autocomplete", "off"));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();
