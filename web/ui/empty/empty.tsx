import { Icon, type IconName } from '../icon/icon';
import './empty.css';

/** What stands where nothing is: why, and what can be done. */
export function EmptyState({ icon, title, page = false, children, actions }: {
  icon: IconName;
  title: string;
  /** Whether it is all that the page has to say, and its title the page's. */
  page?: boolean;
  children?: React.ReactNode;
  actions?: React.ReactNode;
}) {
  const Title = page ? 'h1' : 'h2';
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <Title>{title}</Title>
      {children !== undefined && <p>{children}</p>}
      {actions}
    </div>
  );
}
