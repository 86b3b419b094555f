"use strict";
// The signature pad of the receipt; without it there is the scan.
(function () {
  const form = document.querySelector("[data-sign]");
  const box = form && form.querySelector("[data-pad]");
  if (!box || !window.SignaturePad) return;
  const canvas = box.querySelector("canvas");
  box.hidden = false;
  const pad = new window.SignaturePad(canvas, { backgroundColor: "rgb(255,255,255)", penColor: "rgb(0,0,0)" });

  // The canvas has as many dots as the screen; what was drawn is kept when the window changes.
  function fit() {
    const drawn = pad.toData();
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    if (drawn.length) pad.fromData(drawn);
  }

  window.addEventListener("resize", fit);
  fit();
  box.querySelector("[data-clear]").addEventListener("click", () => pad.clear());
  form.addEventListener("submit", () => {
    form.elements.drawn.value = pad.isEmpty() ? "" : pad.toDataURL("image/png");
  });
})();
