import { Icon, type IconName } from '../icon/icon';
import './banner.css';

/** A line over the page that stays as long as what it tells of. */
export function Banner({ tone = 'warn', icon = 'warning', children, actions }: {
  tone?: 'warn' | 'bad' | 'info';
  icon?: IconName;
  children: React.ReactNode;
  actions?: React.ReactNode;
}) {
  return (
    <div className={`banner ${tone}`} role="status">
      <Icon name={icon} size={18} />
      <p>{children}</p>
      {actions}
    </div>
  );
}
