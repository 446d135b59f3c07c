const WIDTH = 1000;
const HEIGHT = 400;

/** `[data-sign-pad]` holds a canvas and a hidden input: what is drawn goes into the input as lines of points, 1000 by 400. */
export function signPads() {
  document.querySelectorAll("[data-sign-pad]").forEach(prepare);
  document.addEventListener("htmx:afterSwap", (event) => event.target.querySelectorAll?.("[data-sign-pad]").forEach(prepare));
}

function prepare(pad) {
  if (pad.dataset.ready) return;
  pad.dataset.ready = "1";
  const canvas = pad.querySelector("canvas");
  const input = pad.querySelector("input");
  let lines = read(input.value);
  let line = null;

  const show = () => draw(pad, canvas, lines);
  const write = () => {
    input.value = lines.length ? JSON.stringify(lines) : "";
    show();
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return [within(((event.clientX - box.left) / box.width) * WIDTH, WIDTH), within(((event.clientY - box.top) / box.height) * HEIGHT, HEIGHT)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    line = [point(event)];
    lines.push(line);
    show();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!line) return;
    const next = point(event);
    const last = line[line.length - 1];
    if (Math.abs(next[0] - last[0]) + Math.abs(next[1] - last[1]) < 4) return;
    line.push(next);
    show();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      line = null;
      write();
    });
  }
  pad.closest(".field").querySelector("[data-sign-clear]").addEventListener("click", () => {
    lines = [];
    write();
  });
  new ResizeObserver(show).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  document.addEventListener("yuju:theme", show);
}

function read(value) {
  try {
    return JSON.parse(value || "[]");
  } catch {
    return [];
  }
}

function draw(pad, canvas, lines) {
  const box = canvas.getBoundingClientRect();
  const fine = window.devicePixelRatio || 1;
  canvas.width = Math.round(box.width * fine);
  canvas.height = Math.round(box.height * fine);
  pad.classList.toggle("drawn", lines.length > 0);
  const pen = canvas.getContext("2d");
  pen.lineWidth = 2.4 * fine;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = pen.fillStyle = getComputedStyle(canvas).color;
  for (const points of lines) {
    pen.beginPath();
    points.forEach(([x, y], index) => pen[index ? "lineTo" : "moveTo"]((x / WIDTH) * canvas.width, (y / HEIGHT) * canvas.height));
    if (points.length === 1) pen.lineTo((points[0][0] / WIDTH) * canvas.width + 0.1, (points[0][1] / HEIGHT) * canvas.height);
    pen.stroke();
  }
}
