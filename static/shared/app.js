/* Console, guide, sign-in: small improvements on pages that already work. No eval, no inline code. */
(() => {
  "use strict";
  const all = (query, root = document) => root.querySelectorAll(query);

  function toast(text) {
    document.querySelector(".toast-y")?.remove();
    const box = document.createElement("div");
    box.className = "toast-y";
    box.setAttribute("role", "status");
    box.textContent = text;
    document.body.append(box);
    setTimeout(() => box.remove(), 2600);
  }

  /* Buttons for what this browser can do are hidden until we know that it can. */
  function reveal(root = document) {
    all("[data-close],[data-print]", root).forEach((one) => { one.hidden = false; });
    if (navigator.clipboard) all("[data-copy]", root).forEach((one) => { one.hidden = false; });
    if (/MicroMessenger/i.test(navigator.userAgent)) all("[data-in-wechat]", root).forEach((one) => { one.hidden = false; });
    if (navigator.share) all("[data-share-url]", root).forEach((one) => { one.hidden = false; });
    const probe = new File([""], "a.webp", { type: "image/webp" });
    if (navigator.canShare?.({ files: [probe] })) all("[data-share-files]", root).forEach((one) => { one.hidden = false; });
  }

  /* A table wider than the phone folds: each row is a card whose cells name their column. Before this runs it scrolls inside its box. */
  const phone = matchMedia("(max-width:899px)");
  function fold(root = document) {
    if (!phone.matches) return;
    all(".tbl-box>.tbl:not(.folds):has(thead):not(:has([rowspan]))", root).forEach((table) => {
      if (table.offsetWidth <= table.parentElement.clientWidth) return;
      const heads = [...table.tHead.rows[0].cells].map((one) => (one.querySelector(".vh") ? "" : one.textContent.trim()));
      [...table.tBodies, table.tFoot].flatMap((part) => [...(part?.rows ?? [])]).forEach((row) => {
        let at = 0;
        for (const cell of row.cells) {
          if ((at || cell.querySelector("input,select")) && heads[at] && cell.colSpan === 1) cell.dataset.l ??= heads[at];
          at += cell.colSpan;
        }
      });
      table.classList.add("folds");
    });
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return;
    }
    toast(button.dataset.done || (document.documentElement.lang.startsWith("zh") ? "已复制" : "Copied"));
  }

  function share(button) {
    const { shareUrl: url, shareTitle: title, shareText: text } = button.dataset;
    navigator.share({ url, title, text }).catch(() => {});
  }

  /* Pictures with their text, to whatever app the phone offers. */
  async function shareFiles(button) {
    const files = await Promise.all(button.dataset.shareFiles.trim().split(" ").map(async (url) => {
      const blob = await (await fetch(url)).blob();
      return new File([blob], url.split("/").pop(), { type: blob.type });
    }));
    await navigator.share({ files, text: button.dataset.shareText });
  }

  document.addEventListener("click", (event) => {
    const hit = event.target.closest("[data-copy],[data-share-url],[data-share-files],[data-print],[data-close]");
    if (hit?.dataset.copy !== undefined) copy(hit);
    else if (hit?.dataset.shareUrl) share(hit);
    else if (hit?.dataset.shareFiles) shareFiles(hit).catch(() => {});
    else if (hit?.dataset.print !== undefined) window.print();
    else if (hit?.dataset.close !== undefined) hit.closest("details")?.removeAttribute("open");
    all("details[data-pop][open]").forEach((one) => { if (!one.contains(event.target)) one.open = false; });
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input,textarea,select,[contenteditable]");
    if (event.key === "/" && !typing) {
      const search = document.getElementById("search");
      if (search) { event.preventDefault(); search.focus(); }
    }
    if (event.key === "Escape") {
      all("details[data-pop][open]").forEach((one) => { one.open = false; one.querySelector("summary").focus(); });
      const menu = document.getElementById("nav-open");
      if (menu?.checked) menu.checked = false;
    }
  });

  /* A form is sent once; the button keeps its width and says that it is busy. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    all("[aria-busy=true]").forEach((one) => one.removeAttribute("aria-busy"));
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && event.target.matches("select,input[type=date],input[type=checkbox],input[type=radio]")) form.requestSubmit();
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    if (token) event.detail.headers["X-CSRFToken"] = token;
  });
  document.addEventListener("htmx:load", (event) => { reveal(event.detail.elt); fold(event.detail.elt); });
  document.addEventListener("toast", (event) => toast(event.detail?.value ?? event.detail ?? ""));

  reveal();
  fold();
  all(".fl:has([aria-current])").forEach((tabs) => {
    const here = tabs.querySelector("[aria-current]").getBoundingClientRect();
    tabs.scrollLeft += Math.max(0, here.right + 12 - tabs.getBoundingClientRect().right); /* the open tab is in sight */
  });
  phone.addEventListener("change", () => fold());
})();
