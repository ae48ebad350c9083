/** Two jacks and the cord between them. */
export function Logo({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 30 30" aria-hidden="true">
      <g fill="none" strokeWidth="2.4" strokeLinecap="round">
        <circle cx="7" cy="8" r="4" stroke="var(--logo-left, var(--chart1))" />
        <circle cx="23" cy="8" r="4" stroke="var(--logo-right, var(--chart2))" />
        <path d="M7 12c0 14 16 14 16 0" stroke="var(--logo-cord, currentColor)" />
      </g>
      <circle cx="7" cy="8" r="1.3" fill="var(--logo-left, var(--chart1))" />
      <circle cx="23" cy="8" r="1.3" fill="var(--logo-right, var(--chart2))" />
    </svg>
  );
}
