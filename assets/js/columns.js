/**
 * The order of what stands in `[data-order]`: dragged, or moved by `[data-up]` and `[data-down]`, which keep the focus.
 * `data-said` is the sentence that says where a moved one stands now.
 */
export function columns() {
  let dragged = null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-order] :is([data-up], [data-down])");
    if (!button) return;
    const item = button.closest("li");
    if (button.matches("[data-up]")) item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    button.focus();
    item.scrollIntoView({ block: "nearest" });
    say(item);
  });

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-order] > li") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("[data-order] > li");
    if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    if (event.clientY < top + height / 2) over.before(dragged);
    else over.after(dragged);
  });
  document.addEventListener("drop", (event) => {
    if (dragged) event.preventDefault();
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    if (dragged) say(dragged);
    dragged = null;
  });
}

function say(item) {
  const list = item.parentElement;
  const said = document.getElementById("list-said");
  if (!said) return;
  const words = {
    name: item.querySelector("[data-name]").textContent,
    place: [...list.children].indexOf(item) + 1,
    all: list.children.length,
  };
  said.textContent = list.dataset.said.replace(/\{(\w+)\}/g, (_whole, key) => words[key]);
}
