"use strict";
// Visits that are written down without a connection (docs/algorithms/offline.md).
//
// What is typed is kept in IndexedDB, each visit encrypted on its own (AES-256-GCM). The key is derived from the
// worker's PIN (PBKDF2) when the shift begins, lives in memory only, and is forgotten after a while without a touch.
// A visit is sent under the mark that was made with it, and forgotten here only when the server says it has it.
(function () {
  const ROUNDS = 600000, SHORTEST = 8, SHORTEST_DIGITS = 12, IDLE = 20 * 60 * 1000, TRIES = 5, PAUSE = 30 * 1000;
  const PHOTOS = 3, EDGE = 1600, CHECK = "jingban-village";
  const FIELDS = ["item", "name", "id_number", "phone", "how", "agent", "proof", "said"];
  const byId = (id) => document.getElementById(id);
  const root = byId("offline");
  const utf8 = new TextEncoder(), text = new TextDecoder();

  // ---- what is kept on the device

  const asked = (request) => new Promise((yes, no) => {
    request.onsuccess = () => yes(request.result);
    request.onerror = () => no(request.error);
  });
  const opened = () => {
    const request = indexedDB.open("jingban-village", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("vaults", { keyPath: "worker" });
      request.result.createObjectStore("guides", { keyPath: "worker" });
      request.result.createObjectStore("visits", { keyPath: "mark" });
    };
    return asked(request);
  };
  let database = null;
  const inStore = async (name, mode, work) => {
    const moved = (await database).transaction(name, mode);
    const done = new Promise((yes, no) => {
      moved.oncomplete = yes;
      moved.onabort = moved.onerror = () => no(moved.error);
    });
    const found = await asked(work(moved.objectStore(name)));
    await done;
    return found;
  };
  const all = (name) => inStore(name, "readonly", (store) => store.getAll());
  const one = (name, key) => inStore(name, "readonly", (store) => store.get(key));
  const put = (name, row) => inStore(name, "readwrite", (store) => store.put(row));
  const drop = (name, key) => inStore(name, "readwrite", (store) => store.delete(key));

  const derived = async (pin, salt, rounds) => {
    const raw = await crypto.subtle.importKey("raw", utf8.encode(pin.normalize("NFKC")), "PBKDF2", false, ["deriveKey"]);
    return crypto.subtle.deriveKey(
      { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, raw,
      { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]
    );
  };
  // "about" is authenticated with the text: a box that was moved under another mark does not open.
  const boxed = async (key, what, about) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const how = { name: "AES-GCM", iv, additionalData: utf8.encode(about) };
    return { iv, box: await crypto.subtle.encrypt(how, key, utf8.encode(JSON.stringify(what))) };
  };
  const unboxed = async (key, row, about) => {
    const how = { name: "AES-GCM", iv: row.iv, additionalData: utf8.encode(about) };
    return JSON.parse(text.decode(await crypto.subtle.decrypt(how, key, row.box)));
  };
  const newMark = () => {
    const sixteen = crypto.getRandomValues(new Uint8Array(16));
    sixteen[6] = (sixteen[6] & 15) | 64;
    sixteen[8] = (sixteen[8] & 63) | 128;
    const hex = Array.from(sixteen, (n) => n.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  // ---- state of this page; all of it is gone with the page

  let key = null, vault = null, session = null, waiting = [], photos = [], editing = null;
  let sending = false, tries = 0, sent = 0, idle = 0, soon = 0, unsaved = false, writing = Promise.resolve();

  const say = (id, words) => {
    byId(id).textContent = words;
    byId(id).hidden = !words;
  };
  const show = (id, yes) => { byId(id).hidden = !yes; };
  const made = (tag, className, words) => {
    const part = document.createElement(tag);
    part.className = className;
    part.textContent = words;
    return part;
  };

  function pill() {
    const state = byId("state"), count = waiting.length, online = navigator.onLine;
    const left = count ? " · " + count + "条待上传" : key && sent ? " · 全部已上传" : "";
    state.className = "due " + (online ? (count ? "today" : "ok") : "soon");
    state.textContent = (online ? "● 联网" : "▲ 离线") + left;
  }

  // ---- who is signed in

  async function refresh() {
    if (!navigator.onLine) return null;
    try {
      const answer = await fetch(root.dataset.session, { credentials: "same-origin", cache: "no-store" });
      const told = await answer.json();
      if (!answer.ok) {
        session = null;
        say("signin-words", told.message);
        show("signin", true);
        return null;
      }
      session = told;
      show("signin", false);
      await put("guides", { worker: told.worker, posts: told.posts, items: told.items });
    } catch (error) {
      session = null;
    }
    return session;
  }

  // ---- the PIN

  async function door() {
    const vaults = await all("vaults");
    const mine = session ? vaults.filter((one) => one.worker === session.worker) : vaults;
    const choose = byId("whose");
    choose.textContent = "";
    mine.forEach((one) => choose.append(new Option(one.name, one.worker)));
    show("whose-line", mine.length > 1);
    const fresh = !mine.length;
    root.dataset.fresh = fresh ? "yes" : "no";
    show("again-line", fresh);
    show("wipe", !fresh);
    byId("lock-title").textContent = fresh ? "设置本机口令" : "输入本机口令";
    byId("unlock").textContent = fresh ? "设好，开始走访" : "开始走访";
    const lost = fresh && !session;
    say("lock-words", lost
      ? "这台设备还没有设置过。请先在有网的地方登录一次，再到这里设置口令。"
      : fresh
        ? "至少" + SHORTEST + "位，要有字母；只用数字的要" + SHORTEST_DIGITS + "位以上。走访内容用它加密存在这台设备上；口令不保存，忘了就打不开没上传的内容。"
        : "走访内容在这台设备上是加密的，输入口令才能看和上传。");
    show("pin-form", !lost);
    show("lock", true);
    show("room", false);
    pill();
  }

  function weak(pin) {
    if (pin.length < SHORTEST) return "口令至少" + SHORTEST + "位，现在是" + pin.length + "位";
    if (new Set(pin).size < 3 || "01234567890123456789".includes(pin) || "98765432109876543210".includes(pin)) {
      return "这个口令太容易猜，请换一个，不要用连着的或重复的数字";
    }
    if (/^\d+$/.test(pin) && pin.length < SHORTEST_DIGITS) return "只有数字的口令要" + SHORTEST_DIGITS + "位以上，或者加上字母";
    return byId("again").value === pin ? "" : "两次输入的口令不一样，请重新输入";
  }

  async function enter(event) {
    event.preventDefault();
    const pin = byId("pin").value;
    say("pin-fault", "");
    byId("unlock").disabled = true;
    try {
      if (root.dataset.fresh === "yes") await begin(pin);
      else await open(pin);
    } finally {
      byId("unlock").disabled = false;
    }
  }

  async function begin(pin) {
    const fault = weak(pin);
    if (fault) {
      say("pin-fault", "✕ " + fault);
      byId("pin").focus();
      return;
    }
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const fresh = await derived(pin, salt, ROUNDS);
    vault = { worker: session.worker, name: session.name, salt, rounds: ROUNDS, check: await boxed(fresh, CHECK, CHECK) };
    await put("vaults", vault);
    key = fresh;
    await inside();
  }

  async function open(pin) {
    const vaults = await all("vaults");
    const chosen = vaults.find((one) => String(one.worker) === byId("whose").value);
    const tried = await derived(pin, chosen.salt, chosen.rounds);
    try {
      if (await unboxed(tried, chosen.check, CHECK) !== CHECK) throw new Error(CHECK);
    } catch (error) {
      tries += 1;
      byId("pin").value = "";
      say("pin-fault", "✕ 口令不对，请重新输入。已经试了" + tries + "次" + (tries % TRIES ? "。" : "，请等30秒再试。"));
      if (tries % TRIES === 0) {
        show("pin-form", false);
        window.setTimeout(() => show("pin-form", true), PAUSE);
      } else byId("pin").focus();
      return;
    }
    key = tried;
    vault = chosen;
    await inside();
  }

  async function inside() {
    tries = 0;
    byId("pin").value = byId("again").value = "";
    await fillItems();
    const kept = (await all("visits")).filter((row) => row.worker === vault.worker);
    waiting = [];
    let half = null;
    for (const row of kept) {
      const what = await unboxed(key, row, row.mark);
      if (row.typing) half = what;
      else waiting.push({ mark: row.mark, what, told: "" });
    }
    waiting.sort((a, b) => (a.what.visited_at < b.what.visited_at ? -1 : 1));
    if (half && half.mark) change(waiting.find((one) => one.mark === half.mark) || { mark: half.mark, what: half, told: "" });
    if (half) restore(half);
    show("lock", false);
    show("room", true);
    byId("room-title").focus();
    touched();
    list();
    upload();
  }

  async function lock() {
    window.clearTimeout(soon);
    await writing.catch(() => {});
    if (unsaved) await keepTyping().catch(() => {});
    key = vault = editing = null;
    waiting = [];
    clear();
    door();
  }

  function touched() {
    window.clearTimeout(idle);
    if (key) idle = window.setTimeout(lock, IDLE);
  }

  async function wipe() {
    const worker = Number(byId("whose").value);
    for (const row of await all("visits")) if (row.worker === worker) await drop("visits", row.mark);
    await drop("vaults", worker);
    say("pin-fault", "");
    byId("wipe").open = false;
    await door();
  }

  // ---- writing a visit down

  async function fillItems() {
    const guide = await one("guides", vault.worker), choose = byId("item");
    choose.textContent = "";
    choose.append(new Option("不办事，只登记走访", ""));
    (guide ? guide.items : []).forEach((item) => choose.append(new Option(item.name, item.key)));
    byId("place").textContent = guide && guide.posts.length ? guide.posts[0].name : "";
    slots();
  }

  async function slots() {
    const guide = vault && await one("guides", vault.worker), choose = byId("slot");
    const item = guide && guide.items.find((one) => one.key === byId("item").value);
    choose.textContent = "";
    (item ? item.slots : []).forEach((slot) => choose.append(new Option(slot.name, slot.key)));
    show("photo-part", Boolean(item && item.slots.length));
    show("agent-part", how() === "mandate");
  }

  const how = () => (document.querySelector("input[name=how]:checked") || { value: "called" }).value;

  function typed() {
    const what = {};
    FIELDS.forEach((name) => { what[name] = name === "how" ? how() : byId(name).value.trim(); });
    what.photos = what.item && !byId("photo-part").hidden ? photos : [];
    return what;
  }

  function restore(what) {
    FIELDS.forEach((name) => {
      if (name === "how") {
        const chosen = document.querySelector('input[name=how][value="' + what.how + '"]');
        if (chosen) chosen.checked = true;
      } else byId(name).value = what[name] || "";
    });
    photos = what.photos || [];
    slots();
    photoList();
  }

  function clear() {
    byId("visit").reset();
    photos = [];
    editing = null;
    unsaved = false;
    byId("keep").textContent = "存下这条";
    faults({});
    photoList();
    slots();
  }

  // GB 11643: weights and check signs.
  function numberFault(number) {
    if (!number) return "";
    if (number.length !== 18) return "身份证号应为18位，现在是" + number.length + "位，请核对";
    if (!/^\d{17}[\dX]$/.test(number)) return "身份证号只能是数字，末位可以是X，请核对";
    const sum = Array.from(number.slice(0, 17)).reduce((all, sign, place) => all + Number(sign) * (2 ** (17 - place) % 11), 0);
    return "10X98765432"[sum % 11] === number[17] ? "" : "身份证号的校验码不对，请核对号码";
  }

  function wrong(what) {
    const found = {};
    if (!what.name) found.name = "请填写姓名";
    what.id_number = what.id_number.replace(/\s/g, "").toUpperCase();
    const fault = numberFault(what.id_number);
    if (fault) found.id_number = fault;
    if (!what.item && !what.said) found.said = "请选择要办的事项，或写下说了什么";
    if (what.how === "mandate" && !(what.agent && what.proof)) found.agent = "受托代办的，请写明代办人和委托依据";
    return found;
  }

  function faults(found) {
    ["name", "id_number", "phone", "said", "agent"].forEach((name) => {
      say(name + "-fault", found[name] ? "✕ " + found[name] : "");
      byId(name).setAttribute("aria-invalid", found[name] ? "true" : "false");
    });
    const names = Object.keys(found), box = byId("faults"), links = byId("fault-list");
    links.textContent = "";
    names.forEach((name) => {
      const line = document.createElement("li"), link = made("a", "", found[name]);
      link.href = "#" + name;
      line.append(link);
      links.append(line);
    });
    box.hidden = !names.length;
    if (names.length) box.focus();
  }

  async function keep(event) {
    event.preventDefault();
    const what = typed(), found = wrong(what);
    faults(found);
    if (Object.keys(found).length) return;
    // The mark stays even where the visit was sent meanwhile: the server puts the words right, it makes no second one.
    const old = editing;
    what.visited_at = old ? old.what.visited_at : new Date().toISOString();
    const mark = old ? old.mark : newMark();
    window.clearTimeout(soon);
    await writing.catch(() => {});
    await put("visits", { mark, worker: vault.worker, ...(await boxed(key, what, mark)) });
    await drop("visits", "typing-" + vault.worker);
    if (old) { old.what = what; old.told = ""; }
    if (!waiting.includes(old)) waiting.push(old || { mark, what, told: "" });
    clear();
    list();
    say("kept", "✓ 已加密存在这台设备上。");
    byId("room-title").focus();
    upload();
  }

  function typing() {
    say("kept", "");
    window.clearTimeout(soon);
    unsaved = true;
    soon = window.setTimeout(() => { writing = keepTyping(); }, 800);
  }

  async function keepTyping() {
    if (!key) return;
    unsaved = false;
    const mark = "typing-" + vault.worker, worker = vault.worker, what = typed();
    if (editing) Object.assign(what, { mark: editing.mark, visited_at: editing.what.visited_at });
    await put("visits", { mark, worker, typing: true, ...(await boxed(key, what, mark)) });
  }

  // ---- photographs: small ones, only to show what a paper looks like

  async function photo() {
    const file = byId("photo").files[0];
    byId("photo").value = "";
    say("photo-fault", "");
    if (!file) return;
    if (photos.length >= PHOTOS) { say("photo-fault", "✕ 最多" + PHOTOS + "张照片"); return; }
    try {
      const picture = await createImageBitmap(file);
      const less = Math.min(1, EDGE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * less);
      canvas.height = Math.round(picture.height * less);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const data = canvas.toDataURL("image/jpeg", 0.7).split(",")[1];
      const chosen = byId("slot").selectedOptions[0];
      photos = photos.concat({ slot: chosen.value, name: chosen.textContent, data });
    } catch (error) {
      say("photo-fault", "✕ 这个文件不是能打开的照片，请重新拍");
    }
    photoList();
    typing();
  }

  function photoList() {
    const lines = byId("photos");
    lines.textContent = "";
    photos.forEach((picture, place) => {
      const line = made("li", "d-flex align-items-center gap-2", "");
      line.append(made("span", "", "照片" + (place + 1) + " " + picture.name + "（" + Math.round(picture.data.length * 3 / 4096) + " KB）"));
      const away = made("button", "btn btn-outline-primary", "删去");
      away.type = "button";
      away.addEventListener("click", () => { photos.splice(place, 1); photoList(); });
      line.append(away);
      lines.append(line);
    });
  }

  // ---- what waits, and sending it

  const masked = (number) => (number.length > 10 ? number.slice(0, 6) + "********" + number.slice(-4) : number);

  function list() {
    const lines = byId("waiting");
    lines.textContent = "";
    waiting.forEach((visit) => {
      const line = made("li", "py-2", "");
      line.append(made("b", "", visit.what.name), made("span", "mono soft ms-2", masked(visit.what.id_number)));
      const item = Array.from(byId("item").options).find((one) => one.value === visit.what.item);
      line.append(made("span", "d-block soft small", item ? item.textContent : ""));
      line.append(made("span", "d-block " + (visit.told ? "fault" : "soft small"), visit.told ? "✕ " + visit.told : "◔ 待上传"));
      [["改一改", () => change(visit)], ["删去", () => away(visit, line)]].forEach(([words, work]) => {
        const button = made("button", "btn btn-outline-primary me-2 mt-1", words);
        button.type = "button";
        button.addEventListener("click", work);
        line.append(button);
      });
      lines.append(line);
    });
    show("nothing", !waiting.length);
    show("send", Boolean(waiting.length));
    show("sent", Boolean(sent));
    byId("sent-count").textContent = String(sent);
    pill();
  }

  function change(visit) {
    editing = visit;
    restore(visit.what);
    byId("keep").textContent = "改好，存下";
    byId("name").focus();
  }

  async function away(visit, line) {
    const ask = made("span", "d-block fault", "删去后找不回来。");
    const sure = made("button", "btn btn-primary", "确定删去");
    sure.type = "button";
    sure.addEventListener("click", async () => {
      await drop("visits", visit.mark);
      waiting = waiting.filter((one) => one !== visit);
      list();
      byId("room-title").focus();
    });
    ask.append(sure);
    line.append(ask);
    sure.focus();
  }

  async function upload() {
    if (sending || !key || !navigator.onLine) { pill(); return; }
    sending = true;
    try {
      if (!(await refresh())) return;
      if (session.worker !== vault.worker) {
        say("kept", "");
        await lock();
        return;
      }
      for (const visit of waiting.slice()) {
        if (!key || editing === visit) continue;
        if (!(await sendOne(visit))) break;
      }
    } finally {
      sending = false;
      if (key) list();
    }
  }

  // Whether to go on with the next one: not where the connection or the session broke off.
  async function sendOne(visit) {
    let answer;
    try {
      answer = await fetch(root.dataset.upload, {
        method: "POST", credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": session.token },
        body: JSON.stringify({ mark: visit.mark, worker: vault.worker, ...visit.what }),
      });
    } catch (error) {
      return false;
    }
    // A page instead of an answer: something on the way refused this one. It must not hold up the others.
    const told = await answer.json().catch(() => ({ state: "wrong", message: "服务器这次没有收下，还在这台设备上，下次再传。" }));
    if (told.state === "accepted" && told.mark === visit.mark) {
      await drop("visits", visit.mark);
      waiting = waiting.filter((one) => one !== visit);
      sent += 1;
      return true;
    }
    if (told.state !== "wrong" && told.state !== "refused") return false;
    visit.told = told.message;
    return true;
  }

  // ---- begin

  // The editions are cookies; the kept page is the same for all, so it looks itself.
  ["large", "contrast"].forEach((edition) => {
    if (!document.cookie.split("; ").includes(edition + "=1")) return;
    document.documentElement.classList.add(edition);
    byId(edition + "-css").media = "screen";
  });
  if (!window.isSecureContext || !window.crypto.subtle || !window.indexedDB) {
    say("lock-words", "这个浏览器不能加密保存，断网登记用不了。请用 https 地址和新一些的浏览器打开，或联网后用“帮人办事”。");
    show("pin-form", false);
    return;
  }
  database = opened();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(root.dataset.worker).catch(() => {});
  byId("pin-form").addEventListener("submit", enter);
  byId("wipe-now").addEventListener("click", wipe);
  byId("visit").addEventListener("submit", keep);
  byId("visit").addEventListener("input", typing);
  byId("item").addEventListener("change", slots);
  document.querySelectorAll("input[name=how]").forEach((one) => one.addEventListener("change", slots));
  byId("photo").addEventListener("change", photo);
  byId("send").addEventListener("click", upload);
  byId("leave").addEventListener("click", lock);
  ["pointerdown", "keydown"].forEach((type) => document.addEventListener(type, touched));
  window.addEventListener("online", () => { pill(); if (key) upload(); else refresh().then(door); });
  window.addEventListener("offline", pill);
  refresh().then(door);
})();
