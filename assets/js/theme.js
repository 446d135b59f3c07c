/** The moon button: light or dark, kept in a cookie so that the server draws the next page right from the start. */
export function theme() {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const root = document.documentElement;
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = next;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `yuju_theme=${next}; path=/; max-age=31536000; samesite=lax${secure}`;
    document.dispatchEvent(new CustomEvent("yuju:theme"));
  });
}
