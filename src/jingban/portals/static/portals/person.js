"use strict";
// Applying: saves what is typed, makes photographs smaller before they go out. Every page works without this file.
(function () {
  document.documentElement.classList.add("js");
  const form = document.querySelector("form[data-autosave]");
  const REST = 800, WAIT = 5000;

  // ---- saving
  let timer = 0, running = null, dirty = false, stopped = false, pause = REST;
  const seen = form && form.querySelector("[data-seen]");
  const told = document.querySelector("[data-saved]");
  const say = (text) => { if (told) told.textContent = text; };

  function trouble(answer) {
    const box = document.querySelector("[data-trouble]");
    stopped = true;
    box.querySelector("[data-words]").textContent = answer.words;
    box.querySelector("[data-go]").href = answer.address;
    box.hidden = false;
    box.focus();
  }

  function filled(go) {
    window.freshToken(form);
    const data = new FormData(form);
    for (const name of [...data.keys()]) if (name.startsWith("file.")) data.delete(name);
    data.set("go", go);
    return data;
  }

  async function save() {
    const data = filled("autosave");
    dirty = false;
    pause = WAIT; // until it has worked: a server in trouble is not asked every second
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: data, credentials: "same-origin", keepalive: document.hidden,
      });
      const kind = answer.headers.get("Content-Type") || "";
      if (!kind.includes("json")) {
        dirty = true;
        say(answer.status === 401 ? "登录已过期，没有保存。内容还在本页，请在新页面重新登录后继续。" : "没有保存，请稍后再试。内容还在本页。");
        return;
      }
      const said = await answer.json();
      if (answer.status === 409) return trouble(said);
      seen.value = said.seen;
      pause = REST;
      say("已自动保存 " + said.saved);
    } catch (fault) {
      dirty = true;
      say("网络不通，还没有保存。内容在本页，联网后会自动保存。");
    }
  }

  function start() {
    window.clearTimeout(timer);
    if (stopped || running) return;
    running = save().finally(() => {
      running = null;
      if (dirty && !stopped) soon();
    });
  }

  function soon() {
    dirty = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(start, pause);
  }

  if (form) {
    const typed = (event) => { if (event.target.name && event.target.type !== "file") soon(); };
    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    // A save that is under way must have been answered before the next one goes out: it brings the version to name.
    form.addEventListener("submit", (event) => {
      window.clearTimeout(timer);
      if (!running) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const by = event.submitter;
      running.then(() => { dirty = false; window.clearTimeout(timer); form.requestSubmit(by || undefined); });
    }, true);
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      if (dirty) start();
      else window.location.reload();
    });
    window.addEventListener("online", () => { if (dirty) start(); });
    // Who leaves by a link, or goes to another app, takes nothing along that is not saved.
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      const other = event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey;
      if (!link || link.target || link.pathname === window.location.pathname || other) return;
      if (stopped || !(dirty || running)) return;
      event.preventDefault();
      if (!running) start();
      running.then(() => { window.location.href = link.href; });
    });
    // Not on the way to another page: the save might come after that page was made, and count as somebody else's.
    let leaving = false;
    window.addEventListener("beforeunload", () => { leaving = true; });
    window.addEventListener("pagehide", () => { leaving = true; });
    window.addEventListener("pageshow", () => { leaving = false; });
    document.addEventListener("visibilitychange", () => { if (document.hidden && dirty && !leaving) start(); });
  }

  // ---- photographs
  const MOST = 0.85;

  async function smaller(file, edge) {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type) || !window.createImageBitmap) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", MOST));
      if (!made || made.size >= file.size) return file;
      return new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch (fault) {
      return file; // the server says what is wrong with it
    }
  }

  async function send(input) {
    const papers = input.closest("[data-papers]"), slot = input.closest(".slot"), id = slot.id;
    const files = [...input.files];
    if (!files.length) return;
    window.clearTimeout(timer);
    if (running) await running;
    slot.classList.add("busy");
    for (let n = 0; n < files.length; n += 1) {
      say(`正在传第 ${n + 1} 份，共 ${files.length} 份…`);
      const file = await smaller(files[n], Number(papers.dataset.edge));
      const data = filled("upload");
      data.append(input.name, file, file.name);
      try {
        const answer = await fetch(form.action, {
          method: "POST", body: data, credentials: "same-origin", headers: { "HX-Request": "true" },
        });
        if ((answer.headers.get("Content-Type") || "").includes("json")) {
          slot.classList.remove("busy");
          return trouble(await answer.json());
        }
        const text = await answer.text();
        if (!text.includes('class="card slot"')) throw new Error("no slots");
        const version = answer.headers.get("X-Draft-Version");
        if (version) seen.value = version;
        papers.innerHTML = text; // our own server's page part
        say(answer.ok ? "已上传并保存。" : "有文件没有收下，原因写在材料旁边。");
        if (!answer.ok) break;
      } catch (fault) {
        say("没有传上去：请检查网络，再选一次文件。已传的都在。");
        slot.classList.remove("busy");
        break;
      }
    }
    wire(papers);
    const again = document.getElementById(id);
    if (again) again.focus();
  }

  function wire(place) {
    place.querySelectorAll("input[type=file][data-slot]").forEach((input) => {
      input.classList.add("visually-hidden");
      input.addEventListener("change", () => send(input));
    });
  }
  document.querySelectorAll("[data-papers]").forEach(wire);
})();
