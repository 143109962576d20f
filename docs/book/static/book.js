/* Sliders over stored pictures: see frames.py and widget.py. */
for (const form of document.querySelectorAll("form.frames")) {
  const { base, start, frames, labels } = JSON.parse(
    form.querySelector("script").textContent);
  const inputs = [...form.querySelectorAll("input, select")];
  const image = form.querySelector("img");
  const show = (moved) => {
    let at = inputs.map((input) => Number(input.value));
    if (!(at.join("-") in frames))
      at = at.map((place, i) => (i === moved ? place : start[i]));
    inputs.forEach((input, i) => {
      input.value = at[i];
      if (input.type !== "range") return;
      input.setAttribute("aria-valuetext", labels[i][at[i]]);
      input.nextElementSibling.value = labels[i][at[i]];
    });
    image.src = `${base}/${at.join("-")}.webp`;
    image.alt = frames[at.join("-")];
  };
  inputs.forEach((input, i) => input.addEventListener("input", () => show(i)));
}
