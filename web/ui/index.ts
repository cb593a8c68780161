/** The design system: import what a page draws with from here, and base.css once. */
export { Avatar } from './avatar/avatar';
export { Badge, Count, type Tone } from './badge/badge';
export { Banner } from './banner/banner';
export { Button, IconButton } from './button/button';
export { Card, Stat } from './card/card';
export { EmptyState } from './empty/empty';
export { SearchField, TextField } from './field/field';
export { Icon, type IconName } from './icon/icon';
export { Markdown } from './markdown/markdown';
export { Menu, type MenuEntry } from './menu/menu';
export { Dialog, Popover } from './overlay/dialog';
export { Tip } from './overlay/tip';
export { Select, type Option } from './select/select';
export { Switch } from './switch/switch';
export { Table, type Column } from './table/table';
export { Tabs, type TabEntry } from './tabs/tabs';
export { clockOf, Countdown, Timer, useNow, wordsOf } from './timer/timer';
export { ToastRegion, Toasts } from './toast/toast';
