/** Says when there is no connection, so that what is on the screen is not taken for the newest. */
export function connection() {
  const show = () => {
    const bar = document.getElementById("offline");
    if (bar) bar.hidden = navigator.onLine;
  };
  window.addEventListener("online", show);
  window.addEventListener("offline", show);
  show();
}
