//! All sizes of the window, grouped by the part of the window.

/// Text sizes, in points.
pub mod text {
    /// Captions in capitals, table headers and other small text.
    pub const SMALL: f32 = 11.5;
    /// Running text.
    pub const BODY: f32 = 13.0;
    /// Bytes and code.
    pub const MONO: f32 = 12.5;
    /// Headings, and the title of the selected exchange.
    pub const TITLE: f32 = 15.0;
    /// Signs for bytes without a letter, such as CR, in their boxes.
    pub const SIGN: f32 = 8.5;
    /// Icons in running text.
    pub const INLINE_ICON: f32 = 14.5;
    /// Icons of the rail.
    pub const ICON: f32 = 20.0;
}

/// Distances, in points.
pub mod space {
    /// Minimum length of a scroll bar's handle, so that it can be grabbed even in a list of a million rows.
    pub const HANDLE: f32 = 32.0;
    /// Between elements that belong together.
    pub const TIGHT: f32 = 4.0;
    /// Between elements.
    pub const GAP: f32 = 8.0;
    /// Between groups, and inside cards.
    pub const WIDE: f32 = 14.0;
    /// Height of the top bar.
    pub const TOP_BAR: f32 = 46.0;
    /// Height of the status bar.
    pub const STATUS_BAR: f32 = 26.0;
    /// Width of the rail.
    pub const RAIL: f32 = 56.0;
    /// Height of a row of the exchange list.
    pub const ROW: f32 = 25.0;
    /// Height of a line of the byte view.
    pub const BYTE_LINE: f32 = 20.0;
    /// Corner radius of cards.
    pub const CARD_RADIUS: u8 = 8;
    /// Corner radius of buttons and inputs.
    pub const BUTTON_RADIUS: u8 = 6;
    /// Width of a separator or outline.
    pub const HAIRLINE: f32 = 1.0;
    /// Initial size of the window: width and height.
    pub const WINDOW: [f32; 2] = [1440.0, 900.0];
    /// Minimum size of the window, at which every control is still reachable.
    pub const WINDOW_MIN: [f32; 2] = [480.0, 320.0];
    /// What the frame of a window and a panel of the desktop take of a screen: width and height.
    pub const AROUND_WINDOW: [f32; 2] = [16.0, 84.0];
}

/// Sizes of the Traffic page, in points.
pub mod traffic {
    /// Inside cards, and from the edges of the list to its columns.
    pub const INSET: f32 = 10.5;
    /// Around the filter box: left and right, top, bottom.
    pub const FILTER_MARGIN: [i8; 3] = [10, 8, 4];
    /// Minimum width of the reason for a refusal beside the target.
    pub const REASON_MIN: f32 = 48.0;
    /// Inside a line of code to copy: left and right, top and bottom.
    pub const CODE_MARGIN: [i8; 2] = [10, 6];
    /// Maximum share of the header's first line for the method.
    pub const METHOD_SHARE: f32 = 0.4;
    /// Minimum room for the whole name of the hexadecimal mode.
    pub const MODE_FROM: f32 = 132.0;
    /// Maximum share of the panel under the bytes for its title.
    pub const TITLE_SHARE: f32 = 0.32;
    /// Width of the pills, such as `RFC 9110 §15.5.20`, in the panel under the bytes.
    pub const SENTENCE_PILLS: f32 = 186.0;
    /// Maximum share of the height below the timeline for the panel under the bytes.
    pub const SENTENCE_SHARE: f32 = 0.55;
    /// Maximum share of the Response tab for the tree, if there is a body to show.
    pub const RESPONSE_SHARE: f32 = 0.55;
    /// Maximum share of the Anatomy tab for the tree and the stages, if the message has a body.
    pub const ANATOMY_SHARE: f32 = 0.65;
    /// Share of the free height that is left above the text of an empty state.
    pub const EMPTY_ABOVE: f32 = 0.28;
    /// Initial width of the exchange list.
    pub const LIST: f32 = 384.0;
    /// Initial width of the detail pane.
    pub const DETAIL: f32 = 346.0;
    /// Minimum width of the exchange list.
    pub const LIST_MIN: f32 = 216.0;
    /// Minimum width of the detail pane.
    pub const DETAIL_MIN: f32 = 236.0;
    /// Minimum width of the middle pane: eight bytes per line still fit, with a line end as signs in boxes.
    pub const MIDDLE_MIN: f32 = 392.0;
    /// Minimum height of the middle pane; where there is less room, it scrolls.
    pub const MIDDLE_HEIGHT_MIN: f32 = 470.0;
    /// Height of the strip that chooses among panes that do not fit beside each other.
    pub const PANES_STRIP: f32 = 40.0;
    /// Width of the handle between two panes.
    pub const HANDLE: f32 = 7.0;
    /// Distance in points by which an arrow key moves the handle between two panes.
    pub const HANDLE_STEP: f32 = 16.0;
    /// Height of the filter box.
    pub const INPUT: f32 = 30.0;
    /// Minimum width of the number column.
    pub const COLUMN_NUMBER: f32 = 38.0;
    /// Width of the method column.
    pub const COLUMN_METHOD: f32 = 58.0;
    /// Width of the status column.
    pub const COLUMN_STATUS: f32 = 36.0;
    /// Width of the size column.
    pub const COLUMN_SIZE: f32 = 58.0;
    /// Width of the time column.
    pub const COLUMN_TIME: f32 = 60.0;
    /// Width of the column of arrival times.
    pub const COLUMN_START: f32 = 92.0;
    /// Width of a column of small numbers.
    pub const COLUMN_COUNT: f32 = 46.0;
    /// Width of the column of media types.
    pub const COLUMN_TYPE: f32 = 112.0;
    /// Width of the column of who sent a request.
    pub const COLUMN_FROM: f32 = 56.0;
    /// See [`COLUMN_NUMBER`].
    pub const COLUMN_COMMENT: f32 = 150.0;
    /// Side of the square that shows the colour of a mark in a row.
    pub const MARK_SQUARE: f32 = 6.0;
    /// Width of the row of menus from which on their buttons have carets.
    pub const CARETS_FROM: f32 = 344.0;
    /// Width of the list of rules.
    pub const RULES: f32 = 300.0;
    /// The range of widths to which a column can be dragged.
    pub const COLUMN_MIN: f32 = 30.0;
    /// See [`COLUMN_MIN`].
    pub const COLUMN_MAX: f32 = 400.0;
    /// Width of the input for what is looked for in the bytes.
    pub const FIND: f32 = 180.0;
    /// Width of what stands beside that input in its row.
    pub const FIND_BESIDE: f32 = 290.0;
    /// Minimum width of the bar of the search for all of it to stand in one row.
    pub const FIND_ROW: f32 = 860.0;
    /// Width of the place of the button that jumps to the newest exchange.
    pub const NEWEST: f32 = 160.0;
    /// From that button to the edge of the list, beside its scroll bar.
    pub const NEWEST_EDGE: f32 = 21.0;
    /// Width of a target below which other columns make room for it.
    pub const TARGET_MIN: f32 = 90.0;
    /// Additional width of a target with a backend behind it.
    pub const BACKEND: f32 = 80.0;
    /// Minimum width of the middle pane for a header of two lines and a panel of one; below, both have more
    /// lines.
    pub const WIDE_FROM: f32 = 480.0;
    /// Minimum width of the middle pane for the bytes of both legs beside each other.
    pub const PANES_FROM: f32 = 520.0;
    /// Minimum height of a pane with the bytes of one leg, of which there are two above each other.
    pub const PANE_MIN: f32 = 132.0;
    /// Height of a pill.
    pub const PILL: f32 = 19.0;
    /// Left and right padding of a pill.
    pub const PILL_PAD: f32 = 8.0;
    /// Words of a pill that are shortened to less than this say nothing.
    pub const PILL_WORDS_MIN: f32 = 26.0;
    /// Height of a row of the tree and of the stage list.
    pub const TREE_ROW: f32 = 22.0;
    /// Indentation of each level of the tree.
    pub const INDENT: f32 = 16.0;
    /// Left edge of the values in the tree, as a share of its width.
    pub const TREE_VALUE: f32 = 0.47;
    /// Height of the tab strip.
    pub const TABS: f32 = 44.0;
    /// Height of each row of tabs in a strip of two rows.
    pub const TABS_ROW: f32 = 30.0;
    /// Thickness of the line under the current tab.
    pub const TAB_LINE: f32 = 2.0;
    /// Height of a lane of the timeline.
    pub const LANE: f32 = 26.0;
    /// Height of a block in its lane.
    pub const BLOCK: f32 = 17.0;
    /// Minimum width of a block of the timeline.
    pub const BLOCK_MIN: f32 = 6.0;
    /// Width of the mark of a block that would be narrower than [`BLOCK_MIN`].
    pub const MARK: f32 = 3.0;
    /// Left and right padding of a block.
    pub const BLOCK_PAD: f32 = 5.0;
    /// Width of the column with the names of the lanes.
    pub const LANE_NAME: f32 = 54.0;
    /// Height of the time axis.
    pub const AXIS: f32 = 18.0;
    /// Corner radius of blocks and of marked bytes.
    pub const SMALL_RADIUS: u8 = 3;
    /// Left and right padding of marked bytes.
    pub const MARK_PAD: f32 = 2.0;
    /// Left and right padding of a sign in its box.
    pub const SIGN_PAD: f32 = 1.5;
    /// Between a box and the line of bytes above and below it.
    pub const SIGN_INSET: f32 = 4.0;
    /// Minimum height of the panel under the bytes.
    pub const SENTENCE: f32 = 70.0;
    /// Maximum width of the title in the panel under the bytes.
    pub const SENTENCE_LABEL: f32 = 190.0;
    /// Radius of the dots of the stage list.
    pub const DOT: f32 = 4.0;
    /// Width of the bar at the left edge of a note or of the focused row.
    pub const BAR: f32 = 3.0;
    /// Maximum width of the text of an empty state.
    pub const EMPTY: f32 = 460.0;
    /// Width of the names in a comparison.
    pub const COMPARE_NAME: f32 = 84.0;
    /// Least width of a column of a comparison.
    pub const COMPARE_MIN: f32 = 64.0;
}

/// Sizes of small widgets, in points.
pub mod widget {
    /// A toggle: width and height.
    pub const TOGGLE: [f32; 2] = [32.0, 18.0];
    /// Distance from a toggle's edge to its knob.
    pub const TOGGLE_INSET: f32 = 2.5;
    /// Height of a bar.
    pub const BAR: f32 = 6.0;
    /// Diameter of the dot that marks a state.
    pub const DOT: f32 = 7.0;
    /// Inside a pill: left and right, top and bottom.
    pub const PILL_MARGIN: [f32; 2] = [9.0, 3.0];
    /// Thickness of the outline of the focused element.
    pub const FOCUS_LINE: f32 = 1.5;
    /// Width of a number input.
    pub const NUMBER: f32 = 64.0;
    /// Height of a number input.
    pub const NUMBER_HEIGHT: f32 = 22.0;
}

/// Sizes of the top bar, in points.
pub mod top_bar {
    /// Minimum width of the bar for buttons with both icon and name; below, buttons show their icons only.
    pub const COMPACT_BELOW: f32 = 1312.0;
    /// Minimum width of the bar for the folder's name and every button.
    pub const NARROW_BELOW: f32 = 812.0;
    /// Minimum width of the bar for the buttons of the folder.
    pub const TINY_BELOW: f32 = 600.0;
    /// Width of a button with an icon, with the gap beside it.
    pub const ICON_BUTTON: f32 = 46.0;
    /// Width of the menu of what a narrow bar has no room for.
    pub const MORE_MENU: f32 = 180.0;
    /// The additional minimum width if there is a button for the backends.
    pub const UPSTREAMS: f32 = 90.0;
    /// Minimum width of the folder.
    pub const FOLDER_MIN: f32 = 60.0;
    /// Height of the line between two groups.
    pub const DIVIDER: f32 = 22.0;
    /// Width of the menu of recent folders.
    pub const RECENT_MENU: f32 = 320.0;
    /// Width of the capture menu.
    pub const CAPTURE_MENU: f32 = 220.0;
}

/// Sizes of the shield beside the address, in points.
pub mod shield {
    /// What the button takes besides its words.
    pub const AROUND: f32 = 44.0;
    /// What is left to the word before the folder's name while the words are shown.
    pub const WORD: f32 = 70.0;
    /// What is left to the folder's name at most.
    pub const NAME_MAX: f32 = 200.0;
    /// Width of the list.
    pub const LIST: f32 = 360.0;
}

/// Sizes of the capture bars, in points.
pub mod captures {
    /// Width of a progress bar.
    pub const PROGRESS: f32 = 240.0;
}

/// Sizes of notices over the window, in points.
pub mod notices {
    /// Maximum width of a notice.
    pub const WIDTH: f32 = 440.0;
    /// Distance from the right edge, and from the status bar.
    pub const MARGIN: f32 = 14.0;
}

/// Sizes of the rail, in points.
pub mod rail {
    /// An item: width and height.
    pub const ITEM: [f32; 2] = [48.0, 46.0];
    /// Corner radius of an item.
    pub const RADIUS: u8 = 7;
    /// Distance from an item's top to the centre of its icon.
    pub const ICON_AT: f32 = 16.0;
    /// Distance from an item's top to the centre of its title.
    pub const TITLE_AT: f32 = 35.0;
    /// Text size of a title.
    pub const TITLE: f32 = 10.5;
}

/// Sizes of the Server page, in points.
pub mod server_page {
    /// Minimum width for three columns.
    pub const THREE_COLUMNS: f32 = 1080.0;
    /// Minimum width for two columns.
    pub const TWO_COLUMNS: f32 = 620.0;
    /// Share of the width for the third of three columns.
    pub const THIRD_SHARE: f32 = 0.285;
    /// Minimum height of a middleware row.
    pub const LAYER: f32 = 44.0;
    /// Width of a middleware's title.
    pub const LAYER_TITLE: f32 = 118.0;
    /// Height of a route's row.
    pub const ROUTE: f32 = 27.0;
    /// Width of a route's method.
    pub const ROUTE_METHOD: f32 = 44.0;
    /// Width of an input for a short text, such as an address.
    pub const INPUT: f32 = 96.0;
    /// Width of an input for a host name.
    pub const HOST_INPUT: f32 = 160.0;
    /// Width of an input for a port, which has up to five digits.
    pub const PORT_INPUT: f32 = 68.0;
    /// Side of a module of a QR code.
    pub const CODE_MODULE: f32 = 4.0;
    /// Width of the name of a setting.
    pub const SETTING_NAME: f32 = 104.0;
    /// Height of the log.
    pub const LOG: f32 = 150.0;
}

/// Sizes of the sheet that lists the shortcuts, in points.
pub mod sheet {
    /// Width of the sheet.
    pub const WIDTH: f32 = 520.0;
    /// Width of the space beside the sheet, and of its margins.
    pub const BESIDE: f32 = 60.0;
    /// Height of the title and of the space around the sheet.
    pub const AROUND: f32 = 110.0;
    /// Width of the column with the keys.
    pub const KEYS: f32 = 150.0;
}

/// Sizes of the events of a stream on the Traffic page.
pub mod events {
    /// Width of the column with the number.
    pub const NUMBER: f32 = 40.0;
    /// Width of a column with a time.
    pub const TIME: f32 = 64.0;
    /// Width of the column with the type.
    pub const KIND: f32 = 84.0;
    /// Width of the column with the id.
    pub const ID: f32 = 52.0;
    /// Width of the column with the size.
    pub const SIZE: f32 = 54.0;
    /// Share of the height that the list takes.
    pub const LIST_SHARE: f32 = 0.45;
    /// Share of the height that the list takes while there is a joined text.
    pub const LIST_BESIDE_TEXT: f32 = 0.32;
    /// Share of the rest that the joined text takes.
    pub const JOINED_SHARE: f32 = 0.25;
    /// Height of the sentence and the parts of an event.
    pub const FACTS: f32 = 170.0;
    /// Most of a card that they take.
    pub const FACTS_SHARE: f32 = 0.55;
    /// Width of the path.
    pub const PATH: f32 = 220.0;
    /// Characters of a part's value.
    pub const VALUE_CHARS: usize = 48;
    /// Parts that are listed.
    pub const PARTS: usize = 200;
    /// Events that are joined in one frame of the window.
    pub const JOINED_AT_ONCE: usize = 5000;
}

/// Sizes of the frames of a WebSocket on the Traffic page.
pub mod frames {
    /// Width of the column with the direction.
    pub const ARROW: f32 = 18.0;
    /// Width of the column with the time since the frame before.
    pub const AFTER: f32 = 64.0;
    /// Width of the column with the kind of the frame.
    pub const KIND: f32 = 104.0;
    /// Width of the column with the size.
    pub const SIZE: f32 = 58.0;
    /// Share of the height that the list takes.
    pub const LIST_SHARE: f32 = 0.4;
    /// Most of a card that the parts of a frame take.
    pub const PARTS_SHARE: f32 = 0.6;
    /// Minimum width of a card for the parts of a frame in two columns.
    pub const TWO_COLUMNS_FROM: f32 = 640.0;
    /// Width of the name of a part.
    pub const PART_NAME: f32 = 88.0;
    /// Minimum width of the composer for all of it in one line.
    pub const ONE_LINE_FROM: f32 = 780.0;
    /// Least width of its payload.
    pub const PAYLOAD: f32 = 120.0;
    /// Room for the button beside the payload.
    pub const SEND: f32 = 132.0;
    /// Width of its mask key.
    pub const KEY: f32 = 92.0;
    /// Characters of a part's value.
    pub const VALUE_CHARS: usize = 48;
}
