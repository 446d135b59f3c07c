/**
 * Dialogs. The browser's own <dialog> traps the focus and closes on Esc.
 *
 * - `data-dialog-open="id"` opens a dialog that stands in the page; `data-dialog-close` closes the one it is in.
 * - An answer swapped into `#dialog` opens it; an empty answer closes it.
 * - `data-confirm="question"` on a button or form asks first, in the one dialog `#confirm`; with
 *   `data-confirm-text`, `data-confirm-button`, `data-confirm-kind="bad"` and `data-confirm-type`, a word to type.
 */
export function confirmDialog() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) return document.getElementById(opener.dataset.dialogOpen)?.showModal();
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) return closer.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement && !event.target.dataset.stay) return event.target.close();
    return undefined;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.detail.target;
    if (!(dialog instanceof HTMLDialogElement)) return;
    if (dialog.childElementCount === 0) dialog.close();
    else if (!dialog.open) dialog.showModal();
  });

  document.addEventListener("htmx:confirm", (event) => {
    const source = event.detail.elt.closest("[data-confirm]");
    if (!source) return;
    event.preventDefault();
    ask(source, () => event.detail.issueRequest(true));
  });

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const source = event.submitter?.closest("[data-confirm]") ?? (form.dataset.confirm ? form : null);
      if (!source || form.hasAttribute("hx-post") || form.dataset.sure) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(source, () => {
        form.dataset.sure = "yes";
        form.requestSubmit(event.submitter);
        delete form.dataset.sure;
      });
    },
    true,
  );
}

function ask(source, proceed) {
  const dialog = document.getElementById("confirm");
  const { confirm, confirmText, confirmButton, confirmKind, confirmType } = source.dataset;
  const button = dialog.querySelector("[data-yes]");
  const word = dialog.querySelector("[data-word]");
  dialog.querySelector("[data-question]").textContent = confirm;
  dialog.querySelector("[data-text]").textContent = confirmText ?? "";
  button.textContent = confirmButton ?? button.dataset.label;
  button.classList.toggle("btn-bad", confirmKind === "bad");
  button.classList.toggle("btn-primary", confirmKind !== "bad");
  dialog.querySelector(".ico").classList.toggle("bad", confirmKind === "bad");
  word.hidden = !confirmType;
  word.value = "";
  word.placeholder = confirmType ?? "";
  button.disabled = Boolean(confirmType);
  word.oninput = () => {
    button.disabled = word.value.trim() !== confirmType;
  };
  button.onclick = () => {
    dialog.close();
    proceed();
  };
  dialog.showModal();
  (confirmType ? word : button).focus();
}
