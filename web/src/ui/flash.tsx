/** The selected ground for one second where a value just changed. */
import { useEffect, useRef, useState, type ReactNode } from 'react';

export function Flash({ value, children }: { value: string | number; children: ReactNode }) {
  const before = useRef(value);
  const [lit, setLit] = useState(false);
  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    setLit(true);
    const timer = setTimeout(() => setLit(false), 1000);
    return () => clearTimeout(timer);
  }, [value]);
  return <span className={lit ? 'flash' : undefined}>{children}</span>;
}
