import { Icon, type IconName } from '../icon/icon';
import './empty.css';

/** What stands where nothing is: why, and what can be done. */
export function EmptyState({ icon, title, children, actions }: { icon: IconName; title: string; children?: React.ReactNode; actions?: React.ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {actions}
    </div>
  );
}
