/** `<button data-more-of=".line">` shows the next of the lines its selector names that are hidden, until none is left. */
export function moreRows() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-more-of]");
    if (!button) return;
    const hidden = document.querySelectorAll(`${button.dataset.moreOf}[hidden]`);
    if (hidden.length === 0) return;
    hidden[0].hidden = false;
    hidden[0].querySelector("input, select, textarea")?.focus();
    button.hidden = hidden.length === 1;
  });
}
