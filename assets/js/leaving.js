/** Signing out takes the pages of one's tasks off this phone, too; what was not sent yet waits for the same user. */
export function leaving() {
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action, location.href).pathname === "/sign-out") window.caches?.delete("yuju-field-pages");
  });
}
