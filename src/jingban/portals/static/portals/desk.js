"use strict";
// The desk by keyboard. Every key does what a button on the page does; without this file the buttons remain.
(function () {
  const doc = document;
  const one = (selector, root) => (root || doc).querySelector(selector);
  const all = (selector, root) => Array.from((root || doc).querySelectorAll(selector));
  const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(doc.activeElement.tagName) && !/^(checkbox|radio|button|submit)$/.test(doc.activeElement.type);

  // Rows of the list.
  function step(by) {
    const rows = all("[data-row]");
    if (!rows.length) return;
    const here = rows.indexOf(doc.activeElement);
    const open = rows.findIndex((row) => row.hasAttribute("aria-current"));
    const from = here >= 0 ? here : open;
    const to = from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + by));
    rows[to].focus();
    rows[to].scrollIntoView({ block: "nearest" });
  }

  // The main act, and the act by which a case goes back. A folded act is opened first, never done unseen.
  function main() {
    const button = one("[data-main]");
    if (!button) return;
    const act = button.closest("details");
    if (act && !act.open) {
      act.open = true;
      button.focus();
    } else {
      button.click();
    }
  }

  function back() {
    const act = one("details[data-back]");
    if (!act) return;
    act.open = true;
    const first = one("textarea,input:not([type=hidden]),button", act);
    (first || one("summary", act)).focus();
    act.scrollIntoView({ block: "nearest" });
  }

  function print(event) {
    const paper = one("[data-paper]");
    if (!paper) return;
    event.preventDefault();
    paper.click();
  }

  function tickAll() {
    const button = one("[data-all]");
    if (button) button.click();
  }

  let before = null;
  function keys(shown) {
    const box = doc.getElementById("keys");
    if (!box || box.hidden !== shown) return;
    box.hidden = !shown;
    if (shown) {
      before = doc.activeElement;
      one("[data-close]", box).focus();
    } else if (before && before.isConnected) {
      before.focus();
    }
  }

  const ALT = { a: main, r: back, s: tickAll };
  const PLAIN = { ArrowDown: () => step(1), j: () => step(1), ArrowUp: () => step(-1), k: () => step(-1), "?": () => keys(true) };

  function done(event, does) {
    event.preventDefault();
    does();
  }

  doc.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.isComposing) return;
    if (key === "F8") return done(event, main);
    if (key === "F9") return done(event, back);
    if (event.altKey && !event.ctrlKey && ALT[key]) return done(event, ALT[key]);
    if ((event.ctrlKey || event.metaKey) && key === "p") return print(event);
    if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
    if (key === "Escape") {
      if (!doc.getElementById("keys").hidden) keys(false);
      else if (typing()) doc.activeElement.blur();
      return undefined;
    }
    // Arrows inside a list of choices belong to it.
    if (typing() || doc.activeElement.type === "radio" || !PLAIN[key]) return undefined;
    return done(event, PLAIN[key]);
  });

  // Standard opinions: written where the cursor was last.
  function insert(field, text) {
    const start = field.selectionStart === null ? field.value.length : field.selectionStart;
    field.setRangeText(text, start, field.selectionEnd === null ? start : field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // The text of the one-off notice, as the list stands: of alternatives the first.
  function notice(list) {
    const served = all(".slot[data-group]", list)
      .filter((slot) => slot.dataset.group && one("input[type=checkbox]", slot).checked)
      .map((slot) => slot.dataset.group);
    const lines = [];
    all(".slot[data-name]", list).forEach((slot) => {
      if (one("input[type=checkbox]", slot).checked || served.includes(slot.dataset.group)) return;
      if (slot.dataset.group) served.push(slot.dataset.group);
      const why = one(".why input", slot);
      const text = why ? why.value.trim() : "";
      lines.push(text ? `${slot.dataset.name}——${text}` : slot.dataset.name);
    });
    all("[data-notice]").forEach((told) => {
      one("ol", told).replaceChildren(...lines.map((line) => {
        const item = doc.createElement("li");
        item.textContent = line;
        return item;
      }));
      one("p:last-child", told).hidden = lines.length > 0;
    });
  }

  doc.addEventListener("click", (event) => {
    const phrase = event.target.closest(".phrase");
    if (phrase) return insert(doc.getElementById(phrase.parentNode.dataset.phrases), phrase.textContent);
    const every = event.target.closest("[data-all]");
    if (every) {
      const list = every.closest("[data-checklist]");
      all("input[type=checkbox]", list).forEach((box) => { box.checked = true; });
      return notice(list);
    }
    if (event.target.closest("[data-keys]")) return keys(true);
    if (event.target.closest("#keys [data-close]")) return keys(false);
    return picture(event);
  });

  ["change", "input"].forEach((type) => doc.addEventListener(type, (event) => {
    const list = event.target.closest && event.target.closest("[data-checklist]");
    if (list) notice(list);
  }));

  // Pictures beside the case, not in another window.
  function picture(event) {
    const link = event.target.closest("[data-picture]");
    const viewer = (link || event.target).closest("section") && one(".viewer", (link || event.target).closest("section"));
    if (!viewer) return;
    const image = one("img", viewer);
    if (link) {
      event.preventDefault();
      image.src = link.href;
      image.alt = link.dataset.picture;
      image.className = "";
      one("span", viewer).textContent = link.dataset.picture;
      viewer.hidden = false;
      viewer.scrollIntoView({ block: "nearest" });
    } else if (event.target.closest("[data-close]")) {
      viewer.hidden = true;
    } else if (event.target.closest("[data-turn]")) {
      const turned = (Number(image.className.slice(1)) || 0) + 1;
      image.className = `q${turned % 4}`;
    }
  }

  // Where the list was left, by tab; it lasts as long as the window.
  const place = () => { const list = doc.getElementById("queue"); return list && list.dataset.place ? `desk ${list.dataset.place}` : ""; };
  doc.addEventListener("scroll", (event) => {
    if (event.target.id === "queue" && place()) window.sessionStorage.setItem(place(), String(event.target.scrollTop));
  }, true);

  function ready() {
    all("[data-phrases],[data-all],[data-keys]").forEach((shown) => { shown.hidden = false; });
    all("[data-checklist]").forEach(notice);
    const list = doc.getElementById("queue");
    if (list && !list.dataset.placed) {
      list.dataset.placed = "yes";
      list.scrollTop = Number(window.sessionStorage.getItem(place())) || 0;
      const open = one("[data-row][aria-current]", list);
      if (open && list.scrollHeight > list.clientHeight) open.scrollIntoView({ block: "nearest" });
    }
  }
  doc.addEventListener("htmx:afterSettle", ready);
  // On a phone and in the large edition a case takes the place of the list.
  doc.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "case") one(".desk").classList.add("has-case");
  });
  ready();
})();
