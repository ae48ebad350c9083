/** A region with a head. */
import type { ReactNode } from 'react';
import { Icon } from './icons/icon';
import type { IconName } from './icons/paths';

interface Props { title: ReactNode; icon?: IconName; hint?: ReactNode; extra?: ReactNode; className?: string; children: ReactNode; id?: string }

export function Card({ title, icon, hint, extra, className, children, id }: Props) {
  return (
    <section className={className ? `card ${className}` : 'card'} id={id}>
      <div className="card-head">
        {icon ? <Icon name={icon} /> : null}
        <h2>{title}</h2>
        {hint ? <span className="t3 small cut">{hint}</span> : null}
        {extra ? <span className="end row">{extra}</span> : null}
      </div>
      {children}
    </section>
  );
}
