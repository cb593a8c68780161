import { Dialog as AriaDialog, Heading, Modal, ModalOverlay, Popover as AriaPopover, type PopoverProps } from 'react-aria-components';
import { IconButton } from '../button/button';
import './overlay.css';

export type DialogProps = Readonly<{
  title: string;
  isOpen: boolean;
  onClose(): void;
  /** An alert asks before something that cannot be undone. */
  alert?: boolean;
  size?: 'small' | 'normal' | 'wide';
  /** Whether there is nothing in it but words: then they can be scrolled by keyboard. */
  reading?: boolean;
  children: React.ReactNode;
  /** Buttons at the end, the main one last. */
  actions?: React.ReactNode;
}>;

/** A box over the page that keeps the focus until it is closed. */
export function Dialog({ title, isOpen, onClose, alert = false, size = 'normal', reading = false, children, actions }: DialogProps) {
  return (
    <ModalOverlay className="veil" isOpen={isOpen} isDismissable={!alert} onOpenChange={(open) => !open && onClose()}>
      <Modal className={`dialog ${size}`}>
        <AriaDialog role={alert ? 'alertdialog' : 'dialog'} className="dialog-body">
          <div className="dialog-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton label="Close" icon="close" size="small" onPress={onClose} />
          </div>
          <div className="dialog-content" {...(reading ? { tabIndex: 0, role: 'group', 'aria-label': title } : {})}>{children}</div>
          {actions !== undefined && <div className="dialog-actions">{actions}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** A small box beside what opened it. */
export function Popover({ children, label, ...rest }: Omit<PopoverProps, 'children' | 'className'> & { label: string; children: React.ReactNode }) {
  return (
    <AriaPopover offset={6} {...rest} className="popover">
      <AriaDialog aria-label={label} className="popover-body">
        {children}
      </AriaDialog>
    </AriaPopover>
  );
}
