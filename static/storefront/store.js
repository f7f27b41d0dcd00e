/* Share and shop pages: gallery, variants, one order per press, the touch beside the cached page. */
(() => {
  "use strict";
  const store = document.querySelector(".store");

  /* The page is the same for everyone; who came by which link travels in this request. */
  const touch = store?.dataset.touchUrl;
  if (touch) fetch(touch, { method: "POST", keepalive: true, credentials: "same-origin" }).catch(() => {});

  /* Inside WeChat only: the card that is shared says what the page says of itself. */
  const signed = store?.dataset.wechatUrl;
  if (signed && /MicroMessenger/i.test(navigator.userAgent)) {
    const said = (name) => document.querySelector(`meta[property="og:${name}"]`)?.content || "";
    const script = document.createElement("script");
    script.src = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js";
    script.addEventListener("load", async () => {
      const answer = await fetch(`${signed}?url=${encodeURIComponent(location.href.split("#")[0])}`);
      if (answer.status !== 200) return;
      const { app_id: appId, timestamp, nonce: nonceStr, signature } = await answer.json();
      const calls = ["updateAppMessageShareData", "updateTimelineShareData"];
      window.wx.config({ appId, timestamp, nonceStr, signature, jsApiList: calls });
      const card = { title: said("title"), desc: said("description"), link: said("url"), imgUrl: said("image") };
      window.wx.ready(() => calls.forEach((call) => window.wx[call](card)));
    });
    document.head.append(script);
  }

  document.querySelectorAll("[data-gallery]").forEach((gallery) => {
    const rail = gallery.querySelector(".rail");
    const dots = gallery.querySelectorAll(".dots i");
    const count = gallery.querySelector("[data-at]");
    rail?.addEventListener("scroll", () => {
      const at = Math.round(rail.scrollLeft / rail.clientWidth);
      dots.forEach((dot, n) => dot.classList.toggle("on", n === at));
      if (count) count.textContent = String(at + 1);
    }, { passive: true });
  });

  /* data-skus: [{options: {name: value}, price, was, tag, note, left, text, picture}]; texts are made by the server. */
  document.querySelectorAll("form[data-skus]").forEach((form) => {
    const skus = JSON.parse(form.dataset.skus);
    const groups = [...new Set([...form.querySelectorAll("input[data-option]")].map((one) => one.name))];
    const chosen = () => Object.fromEntries(groups.map((name) => [name, form.elements[name]?.value ?? ""]));
    const put = (query, text) => document.querySelectorAll(query).forEach((one) => { one.textContent = text ?? ""; });

    function refresh() {
      const now = chosen();
      form.querySelectorAll("input[data-option]").forEach((input) => {
        const want = { ...now, [input.name]: input.value };
        const left = skus.some((sku) => sku.left > 0 && groups.every((name) => sku.options[name] === want[name]));
        input.closest("label").classList.toggle("off", !left);
      });
      const sku = skus.find((one) => groups.every((name) => one.options[name] === now[name]));
      groups.forEach((name) => put(`[data-chosen="${CSS.escape(name)}"]`, now[name]));
      put("[data-price]", sku?.price);
      put("[data-was]", sku?.was);
      put("[data-tag]", sku?.tag);
      put("[data-note]", sku?.note);
      document.querySelectorAll("[data-was]").forEach((one) => { one.closest("del").hidden = !sku?.was; });
      document.querySelectorAll("[data-tag]").forEach((one) => { one.parentElement.hidden = !sku?.tag; });
      document.querySelectorAll("[data-note]").forEach((one) => { one.hidden = !sku?.note; });
      put("[data-stock]", sku?.text);
      document.querySelectorAll("[data-buy]").forEach((button) => { button.disabled = !sku || sku.left <= 0; });
      const picture = document.querySelector("[data-main-picture]");
      if (picture && sku?.picture) picture.src = sku.picture;
    }
    form.addEventListener("change", (event) => { if (event.target.matches("[data-option]")) refresh(); });
    refresh();
  });

  document.addEventListener("click", async (event) => {
    const step = event.target.closest("[data-step]");
    if (step) {
      const input = step.parentElement.querySelector("input");
      input.stepUp ? (Number(step.dataset.step) > 0 ? input.stepUp() : input.stepDown()) : null;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const share = event.target.closest("[data-share-url]");
    if (share && navigator.share) navigator.share({ url: share.dataset.shareUrl, title: share.dataset.shareTitle }).catch(() => {});
  });
  if (navigator.share) document.querySelectorAll("[data-share-url]").forEach((one) => { one.hidden = false; });
  document.querySelectorAll("[data-step]").forEach((one) => { one.hidden = false; });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post") {
      form.dataset.sent = "1";
      event.submitter?.setAttribute("aria-busy", "true");
    }
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    document.querySelectorAll("[aria-busy=true]").forEach((one) => one.removeAttribute("aria-busy"));
  });
})();
