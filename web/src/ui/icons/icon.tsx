/** An outline icon; decorative unless it gets a name. */
import { paths, type IconName } from './paths';

const dotted: readonly IconName[] = ['keypad', 'more'];

export function Icon({ name, size = 16, label }: { name: IconName; size?: 14 | 16 | 18 | 22; label?: string }) {
  return (
    <svg
      className="icon" width={size} height={size} viewBox="0 0 24 24"
      style={dotted.includes(name) ? { strokeWidth: 3.2 } : undefined}
      aria-hidden={label ? undefined : true} role={label ? 'img' : undefined} aria-label={label}
    >
      {paths[name].map((d) => <path key={d} d={d} />)}
    </svg>
  );
}
