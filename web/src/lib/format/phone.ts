/** Telephone numbers in groups that can be read aloud. Masked numbers stay as the server sent them. */

/** 13871562043 -> "138 7156 2043", 02787654410 -> "027-8765 4410", 8012 -> "8012". */
export function phone(number: string | null | undefined): string {
  if (!number) return '—';
  if (!/^\+?\d+$/.test(number)) return number;
  const local = number.replace(/^(\+86|0086)(?=1\d{10}$|0\d{9,11}$)/, '');
  if (/^1[3-9]\d{9}$/.test(local)) return `${local.slice(0, 3)} ${local.slice(3, 7)} ${local.slice(7)}`;
  const city = /^(010|02\d)(\d{4})(\d{4})$/.exec(local) ?? /^(0[3-9]\d{2})(\d{3,4})(\d{4})$/.exec(local);
  if (city) return `${city[1]}-${city[2]} ${city[3]}`;
  if (number.startsWith('+') && number.length > 8) return number.replace(/(\d)(?=(\d{4})+$)/g, '$1 ');
  return number;
}
