/** A file larger than the form takes is refused when it is chosen: sent, the connection might end before the answer. */
export function files() {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.dataset.largest) return;
    const field = input.closest(".field");
    field.querySelectorAll(".err").forEach((line) => line.remove());
    const large = [...input.files].find((file) => file.size > Number(input.dataset.largest));
    if (!large) return;
    input.value = "";
    const line = document.createElement("div");
    line.className = "err";
    line.setAttribute("role", "alert");
    line.textContent = input.dataset.tooLarge.replace("{size}", Math.ceil(large.size / 1024 / 1024));
    input.after(line);
  });
}
