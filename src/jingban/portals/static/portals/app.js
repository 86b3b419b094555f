"use strict";
// Small conveniences only: every page works without this file.
(function () {
  const on = (type, handler) => document.addEventListener(type, handler);

  on("click", (event) => {
    const target = event.target.closest("[data-print],[data-copy]");
    if (!target) return;
    if ("print" in target.dataset) {
      window.print();
    } else if (navigator.clipboard) {
      navigator.clipboard.writeText(target.dataset.copy).then(() => {
        target.textContent = "已复制";
      });
    }
  });

  // Who signed in again in another window has a new token: a page of before it goes on with that one.
  window.freshToken = (form) => {
    const input = form.querySelector("[name=csrfmiddlewaretoken]");
    const now = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    if (input && now) input.value = now[1];
  };
  document.addEventListener("submit", (event) => window.freshToken(event.target), true);

  // A double click is one submission; the server keeps to that by the key, this only keeps calm.
  on("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    if ("once" in form.dataset) {
      form.dataset.sent = "yes";
      window.setTimeout(() => { form.dataset.sent = ""; }, 4000);
    }
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once]").forEach((form) => { form.dataset.sent = ""; });
  });

  // "/" goes to the search box of the desk, as clerks expect; never while somebody types.
  on("keydown", (event) => {
    const box = document.querySelector("[data-slash]");
    if (event.key === "/" && box && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      box.focus();
    }
  });

  // After a case was loaded beside the list, the row that is open is the current one.
  on("htmx:afterSwap", (event) => {
    const link = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (!link || !link.matches("[data-row]")) return;
    document.querySelectorAll("[data-row][aria-current]").forEach((row) => row.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
    const heading = document.querySelector("#case h1");
    if (heading) heading.focus();
  });

  const faults = document.querySelector("[data-faults]");
  if (faults) faults.focus();
})();
