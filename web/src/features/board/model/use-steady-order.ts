/** A live table must not jump under the pointer: while it is inside, rows keep their places. */
import { useEffect, useRef } from 'react';

export function useSteadyOrder<Row extends { id: string }>(sorted: Row[], hold: boolean): Row[] {
  const places = useRef<Map<string, number>>(new Map());
  const known = places.current;
  const rows = hold
    ? [...sorted].sort((a, b) => (known.get(a.id) ?? Infinity) - (known.get(b.id) ?? Infinity))
    : sorted;
  useEffect(() => {
    if (!hold) places.current = new Map(sorted.map((row, index) => [row.id, index]));
  });
  return rows;
}
