"use strict";
// Bills by keyboard: Enter from cell to cell, a new row at the end, sums as one types, the catalogue beside the row.
// Without this file the same table has empty rows, and the server sums and looks up.
(function () {
  const doc = document;
  const all = (selector, root) => Array.from((root || doc).querySelectorAll(selector));

  // What was worked out goes into the act that decides it, unless somebody typed another amount.
  function carry(pressed) {
    const panel = doc.querySelector("#benefit[data-amount]");
    const input = panel && panel.dataset.for ? doc.getElementById(panel.dataset.for) : null;
    if (!input) return false;
    if (input.value && !pressed) return false;
    input.value = panel.dataset.amount;
    const told = panel.querySelector("[data-carried]");
    if (told) told.textContent = "已填入下面的核定金额。";
    return input;
  }
  doc.addEventListener("htmx:afterSettle", () => carry(false));
  doc.addEventListener("click", (event) => {
    if (!event.target.closest("[data-carry]")) return;
    const input = carry(true);
    if (!input) return;
    event.preventDefault();
    const act = input.closest("details");
    if (act) act.open = true;
    input.focus();
    input.scrollIntoView({ block: "center" });
  });
  carry(false);

  const form = doc.querySelector("form[data-bill]");
  if (!form) return;
  const table = form.querySelector("[data-lines] tbody");
  const receipts = form.querySelector("[data-receipts] tbody");
  const cell = (row, key) => row.querySelector(`[data-cell="${key}"],[data-receipt-cell="${key}"]`);

  // Whole fen, so that no sum is off by a fen; nothing where it is no amount.
  function fen(text) {
    const found = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text.replace(/[,，\s]/g, ""));
    return found ? Number(found[1]) * 100 + Number(`${found[2] || ""}00`.slice(0, 2)) : null;
  }
  function tenThousandths(text) {
    const found = /^(\d{1,9})(?:\.(\d{1,4}))?$/.exec(text.replace(/[,，\s]/g, ""));
    return found ? Number(found[1]) * 10000 + Number(`${found[2] || ""}0000`.slice(0, 4)) : null;
  }
  const shown = (value) => `${Math.floor(value / 100).toLocaleString("en-US")}.${String(value % 100).padStart(2, "0")}`;

  function amountOf(row) {
    const typed = cell(row, "amount");
    if (!typed) return null;
    if (typed.value.trim()) return fen(typed.value);
    const price = cell(row, "price");
    const quantity = cell(row, "quantity");
    if (!price || !price.value.trim()) return null;
    const each = tenThousandths(price.value);
    const count = quantity.value.trim() ? tenThousandths(quantity.value) : 10000;
    if (each === null || count === null) return null;
    return Math.floor((each * count + 500000) / 1000000);
  }

  function sums() {
    const kept = Number(form.querySelector("[name=kept]").dataset.fen) || 0;
    const lines = all("tr", table).reduce((sum, row) => sum + (amountOf(row) || 0), kept);
    const notes = all("tr", receipts).reduce((sum, row) => {
      const read = row.querySelector("[data-fen]");
      return sum + (read ? Number(read.dataset.fen) : amountOf(row) || 0);
    }, 0);
    const box = doc.getElementById("total");
    const total = box ? fen(box.value) : null;
    const put = (key, text) => { form.querySelector(`[data-sum=${key}]`).textContent = text; };
    put("lines", shown(lines));
    put("receipts", shown(notes));
    put("total", total === null ? "—" : shown(total));
    const gap = form.querySelector("[data-gap]");
    const asked = lines || gap.hasAttribute("data-lines-asked") ? [["明细合计", lines]] : [];
    const gaps = total === null ? [] : [...asked, ["票据合计", notes]]
      .filter((pair) => pair[1] !== total)
      .map((pair) => `${pair[0]}比费用总额${pair[1] > total ? "多" : "少"}${shown(Math.abs(pair[1] - total))}元`);
    gap.textContent = gaps.length ? `▲ ${gaps.join("，")}` : "";
  }

  // A row like the last one, empty.
  function added(body, attribute) {
    const rows = all("tr", body);
    const last = rows[rows.length - 1];
    const highest = Math.max(...rows.map((row) => Number(row.dataset[attribute])));
    const row = last.cloneNode(true);
    const number = highest + 1;
    row.dataset[attribute] = number;
    row.classList.remove("table-danger");
    all("[name]", row).forEach((input) => {
      if (input.type === "hidden") return input.remove();
      input.name = input.name.replace(/\.\d+\./, `.${number}.`);
      if (input.id) input.id = input.name;
      if (input.tagName === "BUTTON") input.value = number;
      else if (input.tagName === "SELECT") input.selectedIndex = 0;
      else input.value = "";
      input.removeAttribute("aria-describedby");
      input.removeAttribute("aria-invalid");
      input.classList.remove("bad");
      const label = input.getAttribute("aria-label");
      if (label) input.setAttribute("aria-label", label.replace(/\d+/, number));
      return undefined;
    });
    all(".fault", row).forEach((fault) => fault.remove());
    all("[data-drop] .visually-hidden", row).forEach((told) => { told.textContent = told.textContent.replace(/\d+/, number); });
    all("[data-note]", row).forEach((note) => { note.textContent = ""; });
    all("[data-number]", row).forEach((told) => { told.textContent = number; });
    all("[id^=note-],[id^=receipt-]", row).forEach((part) => { part.id = part.id.replace(/\d+/, number); });
    body.appendChild(row);
    return row;
  }

  function addLine() {
    const row = added(table, "line");
    all(".c-fits", row).forEach((part) => part.classList.add("idle"));
    return row;
  }

  // What the catalogue says of the code on that day.
  const asked = new Map();
  function dayOf(row) {
    const rows = all("tr", table);
    for (let at = rows.indexOf(row); at >= 0; at -= 1) {
      const typed = cell(rows[at], "day").value.trim();
      if (typed) return typed;
    }
    const began = doc.getElementById("began_on");
    return began ? began.value.trim() : "";
  }
  function look(row) {
    const code = cell(row, "code").value.trim();
    const note = row.querySelector("[data-note]");
    const day = dayOf(row);
    if (!code || !day) { note.textContent = ""; return; }
    const key = `${code} ${day}`;
    if (!asked.has(key)) {
      const body = new FormData();
      body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      body.append("code", code);
      body.append("day", day);
      asked.set(key, fetch(form.dataset.catalogue, { method: "POST", body, credentials: "same-origin" })
        .then((answer) => (answer.ok ? answer.json() : { found: false, text: "" }))
        .catch(() => ({ found: false, text: "" })));
    }
    asked.get(key).then((said) => {
      note.textContent = said.text || "";
      const name = cell(row, "name");
      if (said.name && !name.value.trim()) name.value = said.name;
      const fits = row.querySelector(".c-fits");
      fits.classList.toggle("idle", !said.limited && !cell(row, "fits").value);
      if (said.limited) {
        const limited = doc.createElement("span");
        limited.className = "d-block soft small";
        limited.textContent = `限定：${said.limited}`;
        note.appendChild(limited);
      }
    });
  }

  form.addEventListener("input", (event) => {
    if (event.target.matches("#total,[data-cell],[data-receipt-cell]")) sums();
  });
  form.addEventListener("change", (event) => {
    const row = event.target.closest("tr[data-line]");
    if (row && event.target.matches('[data-cell="code"],[data-cell="day"]')) look(row);
    if (event.target.matches("[data-send]") && event.target.files.length) send("read");
  });

  function send(go) {
    const button = form.querySelector(`button[name=go][value=${go}]`);
    if (form.requestSubmit) form.requestSubmit(button);
    else button.click();
  }

  // Enter goes to the next cell; at the end of the table it begins a row. In the head it goes to the next question.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input,select")) return;
    if (event.target.type === "file") return;
    event.preventDefault();
    const body = event.target.closest("tbody");
    const within = all("input:not([type=hidden]):not([type=file]),select", body || form).filter((one) => one.offsetParent);
    const next = within[within.indexOf(event.target) + 1];
    if (next) return next.focus();
    if (body === table) return cell(addLine(), "day").focus();
    if (body === receipts) return cell(added(receipts, "receipt"), "kind").focus();
    return undefined;
  });

  // A whole block of cells, wherever it is pasted, is lines of the table and no single cell.
  form.addEventListener("paste", (event) => {
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    const box = form.querySelector("[data-paste]");
    if (event.target === box) {
      window.setTimeout(() => { if (/\S/.test(box.value)) send("read"); }, 0);
    } else if (event.target.matches("[data-cell]") && /\t|\n\S/.test(text)) {
      event.preventDefault();
      box.value = text;
      send("read");
    }
  });

  form.addEventListener("click", (event) => {
    const more = event.target.closest("[data-more]");
    if (more) {
      event.preventDefault();
      return cell(addLine(), "day").focus();
    }
    const drop = event.target.closest("[data-drop]");
    if (!drop) return undefined;
    const row = drop.closest("tr");
    const body = row.parentNode;
    if (body.children.length < 2) return undefined;
    event.preventDefault();
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    next.querySelector("input,select").focus();
    return sums();
  });

  all("[data-hint]", form).forEach((hint) => { hint.hidden = false; });
  sums();
})();
