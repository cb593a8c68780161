import { Button as AriaButton, composeRenderProps, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import { Icon, type IconName } from '../icon/icon';
import { Tip } from '../overlay/tip';
import './button.css';

type Look = 'primary' | 'plain' | 'ghost' | 'danger';

export type ButtonProps = Omit<AriaButtonProps, 'children'> & {
  look?: Look;
  size?: 'normal' | 'small';
  icon?: IconName;
  children: React.ReactNode;
};

/** A button with words. */
export function Button({ look = 'plain', size = 'normal', icon, children, className, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={composeRenderProps(className, (more) => `button ${look} ${size} ${more ?? ''}`)}>
      {icon !== undefined && <Icon name={icon} size={size === 'small' ? 16 : 18} />}
      <span>{children}</span>
    </AriaButton>
  );
}

export type IconButtonProps = Omit<AriaButtonProps, 'children' | 'aria-label'> & {
  /** Its name, which is its tip as well. */
  label: string;
  icon: IconName;
  look?: Look;
  size?: 'normal' | 'small';
  /** A shortcut to show beside the name. */
  keys?: string | undefined;
};

/** A button that is a drawing; it tells its name to whoever points at it or hears it. */
export function IconButton({ label, icon, look = 'ghost', size = 'normal', keys, className, ...rest }: IconButtonProps) {
  return (
    <Tip text={label} keys={keys}>
      <AriaButton
        {...rest}
        aria-label={label}
        className={composeRenderProps(className, (more) => `button icon-only ${look} ${size} ${more ?? ''}`)}
      >
        <Icon name={icon} size={size === 'small' ? 18 : 20} />
      </AriaButton>
    </Tip>
  );
}
