/** A table of ticks `[data-matrix]`: the arrow keys walk from tick to tick, Home and End to the ends of a row. */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -Infinity], End: [0, Infinity] };

export function matrix() {
  document.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const table = event.target.closest?.("[data-matrix]");
    if (!step || !table || !event.target.matches("input[type=checkbox]")) return;
    event.preventDefault();
    const rows = [...table.querySelectorAll("tr")]
      .map((row) => [...row.querySelectorAll("input[type=checkbox]")])
      .filter((boxes) => boxes.length);
    const at = rows.findIndex((boxes) => boxes.includes(event.target));
    walk(rows, at, rows[at].indexOf(event.target), step)?.focus();
  });
}

/** The next tick in a direction that can be changed; none at the edge. */
function walk(rows, row, column, [down, right]) {
  if (Math.abs(right) === Infinity) {
    const free = rows[row].filter((box) => !box.disabled);
    return right < 0 ? free[0] : free.at(-1);
  }
  let box;
  do {
    row += down;
    column += right;
    box = rows[row]?.[column];
  } while (box?.disabled);
  return box;
}
