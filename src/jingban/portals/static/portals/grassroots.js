"use strict";
// On the online pages of townships and villages: readies the device for going offline, and takes a signature.
(function () {
  const here = document.querySelector("[data-worker]");
  if (here && "serviceWorker" in navigator && window.isSecureContext) {
    navigator.serviceWorker.register(here.dataset.worker).then(() => {
      document.querySelectorAll("[data-when-ready]").forEach((part) => { part.hidden = false; });
    }, () => {});
  }

  const pad = document.querySelector("canvas[data-signature]");
  if (!pad || !window.PointerEvent) return;
  const field = document.getElementById(pad.dataset.signature);
  const pen = pad.getContext("2d");
  let drawing = false;
  pad.closest("[data-pad]").hidden = false;
  const wipe = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, pad.width, pad.height);
    pen.strokeStyle = "#111";
    pen.lineWidth = 3;
    pen.lineCap = pen.lineJoin = "round";
    field.value = "";
  };
  const at = (event) => {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) * pad.width / box.width, (event.clientY - box.top) * pad.height / box.height];
  };
  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    drawing = true;
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  const lifted = () => {
    if (!drawing) return;
    drawing = false;
    field.value = pad.toDataURL("image/png");
  };
  pad.addEventListener("pointerup", lifted);
  pad.addEventListener("pointercancel", lifted);
  document.querySelector("[data-wipe]").addEventListener("click", wipe);
  wipe();
})();
