/** `<button data-copy="#id" data-copied="Copied">` copies the value or text of what its selector names. */
export function copy() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    const text = source.value ?? source.innerText;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without encryption browsers give no clipboard: what is selected can be copied by hand.
      source.select?.();
      if (!document.execCommand("copy")) return;
    }
    const label = button.querySelector("span") ?? button;
    const before = label.textContent;
    label.textContent = button.dataset.copied;
    setTimeout(() => (label.textContent = before), 2000);
  });
}
