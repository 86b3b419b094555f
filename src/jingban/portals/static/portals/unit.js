"use strict";
// The table of employees: what is pasted goes to the server at once, which reads and checks it. Works without this file.
(function () {
  const form = document.querySelector("[data-sheet]");
  if (!form) return;
  const box = form.querySelector("[data-paste]");
  const check = form.querySelector("button[value=check]");

  const send = () => {
    if (form.requestSubmit) form.requestSubmit(check);
    else check.click();
  };

  // A whole block of cells, wherever it is pasted, is lines of the table and no single cell.
  form.addEventListener("paste", (event) => {
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (event.target === box) {
      window.setTimeout(() => { if (/\S/.test(box.value)) send(); }, 0);
    } else if (event.target.matches("[data-cell]") && /\t|\n\S/.test(text)) {
      event.preventDefault();
      box.value = text;
      send();
    }
  });

  // Enter goes to the next cell, as in a spreadsheet; a table half typed is not handed in by it.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input[data-cell]")) return;
    event.preventDefault();
    const cells = Array.from(form.querySelectorAll("[data-cell],.unit-t select"));
    const next = cells[cells.indexOf(event.target) + 1];
    if (next) next.focus();
    else send();
  });

  const file = form.querySelector("#file");
  if (file) file.addEventListener("change", () => { if (file.files.length) send(); });

  // After a check the result is what one wants to see.
  if (form.querySelector("tr.table-danger,[name=open]") && !document.querySelector("[data-faults]")) {
    const sheet = document.getElementById("sheet");
    if (sheet) sheet.focus();
  }
})();
