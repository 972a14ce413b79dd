/** Places around an ellipse. Knows nothing of the document. */

/** @typedef {{ x: number, y: number }} Point */

/** Into so many short lines an ellipse is cut to measure its length. */
const CUTS = 720;

/**
 * So many points on an ellipse around 0,0, as far from each other along it, clockwise from the top.
 * @param {number} count @param {number} rx @param {number} ry @returns {Point[]}
 */
export function ringPlaces(count, rx, ry) {
  const pointAt = (/** @type {number} */ cut) => {
    const angle = (2 * Math.PI * cut) / CUTS - Math.PI / 2;
    return { x: rx * Math.cos(angle), y: ry * Math.sin(angle) };
  };
  const lengths = [0];
  for (let cut = 1; cut <= CUTS; cut += 1) {
    const a = pointAt(cut - 1);
    const b = pointAt(cut);
    lengths.push((lengths[cut - 1] ?? 0) + Math.hypot(a.x - b.x, a.y - b.y));
  }
  const whole = lengths[CUTS] ?? 0;
  return Array.from({ length: count }, (_, at) => {
    const wanted = (whole * at) / count;
    return pointAt(lengths.findIndex((length) => length >= wanted - 1e-9));
  });
}
