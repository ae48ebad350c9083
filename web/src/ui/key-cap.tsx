/** A key of the keyboard, or a digit a caller pressed. */
export function KeyCap({ children, digit = false }: { children: string; digit?: boolean }) {
  return <kbd className={digit ? 'cap cap-digit' : 'cap'}>{children}</kbd>;
}
