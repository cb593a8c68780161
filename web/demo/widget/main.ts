/** A page of a site with the development server's own widget. */

import { demoConfig } from '../../chat/service';
import { addWidget, say } from '../../setup/widget-script';

const { widgetId } = await demoConfig();
if (widgetId === '') say('This server has no widget to show. An administrator makes one under /setup/.');
else addWidget(widgetId);
