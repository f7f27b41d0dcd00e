/* The guide app on the home screen: its worker, and the browser's own offer to install. Pages work without it. */
(() => {
  "use strict";
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  let offer = null;

  if ("serviceWorker" in navigator) {
    window.addEventListener("load", () => {
      navigator.serviceWorker.register(`/guide/sw.js?in=${language}`, { scope: "/guide/", updateViaCache: "none" }).catch(() => {});
    });
  }

  const show = () => document.querySelectorAll("[data-install]").forEach((one) => { one.hidden = !offer; });
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    show();
  });
  window.addEventListener("appinstalled", () => { offer = null; show(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-install]") && offer) { offer.prompt(); offer = null; show(); }
  });
})();
