import { Icon, type IconName } from '../icon/icon';
import './badge.css';

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad' | 'info';

/** A short word about a thing's state. The words say it; the colour only repeats it. */
export function Badge({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: IconName; children: React.ReactNode }) {
  return (
    <span className={`badge ${tone}`}>
      {icon !== undefined && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

/** How many wait to be read; label says of what. */
export function Count({ value, label }: { value: number; label: string }) {
  if (value === 0) return null;
  return (
    <span className="count">
      {value > 99 ? '99+' : value}
      <span className="unseen"> {label}</span>
    </span>
  );
}
