/** F6: focus moves from area to area. */
export function focusNextLandmark(): void {
  const areas = [...document.querySelectorAll<HTMLElement>('[data-landmark]')].filter((area) => area.offsetParent !== null || area.id === 'main');
  const here = areas.findIndex((area) => area.contains(document.activeElement));
  const next = areas[(here + 1) % areas.length];
  if (!next) return;
  const inside = next.id === 'main' ? null : next.querySelector<HTMLElement>('a[href], button:not([disabled])');
  (inside ?? next).focus();
}
