//! Every size of the window, by what it is the size of.

/// Text sizes, in points.
pub mod text {
    /// Section headings in capitals, table heads.
    pub const SMALL: f32 = 11.5;
    /// Size of words.
    pub const BODY: f32 = 13.0;
    /// Size of bytes and of what is code.
    pub const MONO: f32 = 12.5;
    /// The title of what is selected.
    pub const TITLE: f32 = 15.0;
    /// Icons among words.
    pub const INLINE_ICON: f32 = 14.5;
    /// The icons of the rail.
    pub const ICON: f32 = 20.0;
}

/// Distances, in points.
pub mod space {
    /// Least length of a scroll bar's handle: with a million rows there must be something to take hold of.
    pub const HANDLE: f32 = 32.0;
    /// Between things that belong together.
    pub const TIGHT: f32 = 4.0;
    /// Between things.
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
    /// The window when it is opened for the first time.
    pub const WINDOW: [f32; 2] = [1440.0, 900.0];
    /// The smallest window in which everything can be reached.
    pub const WINDOW_MIN: [f32; 2] = [900.0, 560.0];
}

/// Sizes of the Traffic page, in points.
pub mod traffic {
    /// Inside cards, and from the edges of the list to its columns.
    pub const INSET: f32 = 10.5;
    /// Around the filter box: left and right, above, below.
    pub const FILTER_MARGIN: [i8; 3] = [10, 8, 4];
    /// Least room for the words that say why a request was refused, beside its target.
    pub const REASON_MIN: f32 = 48.0;
    /// Inside a line to be copied: left and right, above and below.
    pub const CODE_MARGIN: [i8; 2] = [10, 6];
    /// The part of the panel under the bytes that its title may take.
    pub const TITLE_SHARE: f32 = 0.32;
    /// Room for pills such as `RFC 9110 §15.5.20` in the panel under the bytes.
    pub const SENTENCE_PILLS: f32 = 154.0;
    /// The part of the room below the timeline that the panel under the bytes may take.
    pub const SENTENCE_SHARE: f32 = 0.55;
    /// The part of the Response tab that its tree may take from the body.
    pub const RESPONSE_SHARE: f32 = 0.55;
    /// The part of the free height that stands above the words of an empty state.
    pub const EMPTY_ABOVE: f32 = 0.28;
    /// Width of the exchange list when it was never dragged.
    pub const LIST: f32 = 384.0;
    /// Width of the detail pane when it was never dragged.
    pub const DETAIL: f32 = 346.0;
    /// The narrowest exchange list.
    pub const LIST_MIN: f32 = 216.0;
    /// The narrowest detail pane.
    pub const DETAIL_MIN: f32 = 236.0;
    /// The narrowest middle: eight bytes a line still fit.
    pub const MIDDLE_MIN: f32 = 372.0;
    /// Width of the handle between two panes.
    pub const HANDLE: f32 = 7.0;
    /// How far an arrow key moves such a handle.
    pub const HANDLE_STEP: f32 = 16.0;
    /// Height of the filter box.
    pub const INPUT: f32 = 30.0;
    /// Least width of the number column.
    pub const COLUMN_NUMBER: f32 = 38.0;
    /// Width of the method column.
    pub const COLUMN_METHOD: f32 = 56.0;
    /// Width of the status column.
    pub const COLUMN_STATUS: f32 = 36.0;
    /// Width of the size column.
    pub const COLUMN_SIZE: f32 = 58.0;
    /// Width of the time column.
    pub const COLUMN_TIME: f32 = 60.0;
    /// Lists narrower than this leave the size column out.
    pub const SIZE_FROM: f32 = 300.0;
    /// Lists narrower than this leave the time column out too.
    pub const TIME_FROM: f32 = 280.0;
    /// A middle narrower than this has more lines and shorter ones.
    pub const WIDE_FROM: f32 = 480.0;
    /// Height of a pill.
    pub const PILL: f32 = 19.0;
    /// Space between a pill's outline and its text, left and right.
    pub const PILL_PAD: f32 = 8.0;
    /// Height of a row of the tree and of the stage list.
    pub const TREE_ROW: f32 = 22.0;
    /// How far each level of the tree is set in.
    pub const INDENT: f32 = 16.0;
    /// Where the values of the tree begin, as a part of its width.
    pub const TREE_VALUE: f32 = 0.47;
    /// Height of the tab strip.
    pub const TABS: f32 = 44.0;
    /// Height of a row of tabs, where they need two.
    pub const TABS_ROW: f32 = 30.0;
    /// Thickness of the line under the current tab.
    pub const TAB_LINE: f32 = 2.0;
    /// Height of a lane of the timeline.
    pub const LANE: f32 = 26.0;
    /// Height of a block in its lane.
    pub const BLOCK: f32 = 17.0;
    /// The narrowest block of the timeline.
    pub const BLOCK_MIN: f32 = 6.0;
    /// Space between a block's edge and its text.
    pub const BLOCK_PAD: f32 = 5.0;
    /// Width of the names of the lanes.
    pub const LANE_NAME: f32 = 54.0;
    /// Height of the time axis.
    pub const AXIS: f32 = 18.0;
    /// Corner radius of blocks and of marked bytes.
    pub const SMALL_RADIUS: u8 = 3;
    /// Room beside the text of a marked run of bytes.
    pub const MARK_PAD: f32 = 2.0;
    /// Least height of the panel under the bytes.
    pub const SENTENCE: f32 = 70.0;
    /// Widest label in the panel under the bytes.
    pub const SENTENCE_LABEL: f32 = 190.0;
    /// Radius of the dots of the stage list.
    pub const DOT: f32 = 4.0;
    /// Width of a bar that says how much something matters.
    pub const BAR: f32 = 3.0;
    /// Widest text of an empty state.
    pub const EMPTY: f32 = 460.0;
}

/// Sizes of small widgets, in points.
pub mod widget {
    /// A toggle: width and height.
    pub const TOGGLE: [f32; 2] = [32.0, 18.0];
    /// From a toggle's edge to its knob.
    pub const TOGGLE_INSET: f32 = 2.5;
    /// Height of a bar that fills.
    pub const BAR: f32 = 6.0;
    /// The round mark of a state.
    pub const DOT: f32 = 7.0;
    /// Inside a pill: left and right, above and below.
    pub const PILL_MARGIN: [f32; 2] = [9.0, 3.0];
    /// The outline of what has the keyboard.
    pub const FOCUS_LINE: f32 = 1.5;
    /// Width of a number that can be edited.
    pub const NUMBER: f32 = 64.0;
    /// Height of a number that can be edited.
    pub const NUMBER_HEIGHT: f32 = 22.0;
}

/// Sizes of the top bar, in points.
pub mod top_bar {
    /// Below this width buttons show their icon only.
    pub const COMPACT_BELOW: f32 = 1220.0;
    /// The least room that the folder gets.
    pub const FOLDER_MIN: f32 = 60.0;
    /// Height of the line between two groups.
    pub const DIVIDER: f32 = 22.0;
    /// Width of the menu of recent folders.
    pub const RECENT_MENU: f32 = 320.0;
    /// Width of the menu about captures.
    pub const CAPTURE_MENU: f32 = 220.0;
}

/// Sizes of the bars about captures, in points.
pub mod captures {
    /// Width that a progress bar gets.
    pub const PROGRESS: f32 = 240.0;
}

/// Sizes of the rail, in points.
pub mod rail {
    /// An item: width and height.
    pub const ITEM: [f32; 2] = [48.0, 46.0];
    /// Corner radius of an item.
    pub const RADIUS: u8 = 7;
    /// From an item's top to the centre of its icon.
    pub const ICON_AT: f32 = 16.0;
    /// From an item's top to the centre of its title.
    pub const TITLE_AT: f32 = 35.0;
    /// The title's text size.
    pub const TITLE: f32 = 10.5;
}

/// Sizes of the Server page, in points.
pub mod server_page {
    /// From this width on there are three columns.
    pub const THREE_COLUMNS: f32 = 1080.0;
    /// From this width on there are two columns.
    pub const TWO_COLUMNS: f32 = 620.0;
    /// The share of the width that the third of three columns gets.
    pub const THIRD_SHARE: f32 = 0.285;
    /// The least height of a middleware row.
    pub const LAYER: f32 = 44.0;
    /// Width of a middleware's title.
    pub const LAYER_TITLE: f32 = 118.0;
    /// Height of a route's row.
    pub const ROUTE: f32 = 27.0;
    /// Width of a route's method.
    pub const ROUTE_METHOD: f32 = 44.0;
    /// Width of an input for a short text, such as an address.
    pub const INPUT: f32 = 96.0;
    /// Width of an input for a port, which has up to five digits.
    pub const PORT_INPUT: f32 = 68.0;
    /// Width of the name of a setting.
    pub const SETTING_NAME: f32 = 104.0;
    /// Height of the log.
    pub const LOG: f32 = 150.0;
}

/// Sizes of the sheet of shortcuts, in points.
pub mod sheet {
    /// Its width.
    pub const WIDTH: f32 = 440.0;
    /// Height of its title and of the room around it.
    pub const AROUND: f32 = 110.0;
    /// Width of the keys.
    pub const KEYS: f32 = 130.0;
}
