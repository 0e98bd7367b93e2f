//! What holds for every view.

use std::collections::HashSet;

use super::*;

#[test]
fn every_view_is_drawn_and_named_once() {
    let gallery = gallery();
    let names: HashSet<_> = gallery.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), gallery.len());
    for (name, html) in &gallery {
        assert!(!html.trim().is_empty(), "{name} is empty");
    }
    assert_eq!(gallery, super::gallery(), "drawing twice draws the same");
}

/// The opening tags of a page. Sample texts hold no `>` inside an attribute.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag)
}

#[test]
fn nothing_is_inline() {
    for (name, html) in gallery() {
        for tag in tags(&html) {
            let attributes = tag.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
            for attribute in attributes.split_whitespace() {
                assert!(
                    !attribute.starts_with("style=") && !attribute.starts_with("on"),
                    "{name}: <{tag}>"
                );
            }
            assert!(
                tag != "style" && (!tag.starts_with("script") || tag.contains(" src=")),
                "{name}: <{tag}>"
            );
            assert!(!tag.contains("javascript:") && !tag.contains("hx-on"), "{name}: <{tag}>");
        }
    }
}

#[test]
fn no_id_is_used_twice_on_a_page() {
    for (name, html) in gallery() {
        let mut seen = HashSet::new();
        for tag in tags(&html) {
            let Some((_, rest)) = tag.split_once(" id=\"") else { continue };
            let id = rest.split('"').next().unwrap();
            assert!(seen.insert(id.to_owned()), "{name}: {id} twice");
        }
    }
}

#[test]
fn what_people_call_themselves_is_only_text() {
    for (name, html) in gallery() {
        assert!(!html.contains("<b>Bobby") && !html.contains("<compilers>"), "{name}");
        assert!(!html.contains("<other>") && !html.contains("<b>A draft"), "{name}");
    }
}

#[test]
fn a_pushed_message_is_the_message_of_the_page() {
    let message = message(46, 6, 11, "<p>I shall bring the cake.</p>");
    let fragment = MessageFragment { message: &message }.render().unwrap();
    let page = room_page(vec![message.clone()]).render().unwrap();
    let frame = PostedFrame { message: &message, cursor: Cursor(982) }.render().unwrap();
    assert!(page.contains(fragment.trim()), "{page}\n{fragment}");
    assert!(frame.contains(fragment.trim()), "{frame}\n{fragment}");
    assert!(frame.starts_with(
        "<hx-upsert hx-target=\"#messages\" key=\"data-message-id\" data-cursor=\"982\">"
    ));
    assert!(
        fragment.starts_with("<article id=\"message_46\" class=\"message\" aria-labelledby=\"")
    );
    assert!(fragment.contains(" data-message-id=\"46\" data-author-id=\"6\" data-at=\""));
}

#[test]
fn every_frame_starts_with_its_cursor() {
    for (name, html) in gallery() {
        if name.starts_with("frame-") && !name.contains("sidebar") {
            assert!(html.starts_with("<hx-"), "{name}");
            assert!(html.split('>').next().unwrap().contains(" data-cursor=\"98"), "{name}");
        }
    }
}

#[test]
fn a_draft_keeps_its_first_empty_line() {
    let html = gallery().into_iter().find(|(name, _)| *name == "room-refused").unwrap().1;
    assert!(html.contains(">\n\n&#60;b&#62;A draft"), "the parser drops one line end");
}
