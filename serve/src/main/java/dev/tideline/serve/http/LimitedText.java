package dev.tideline.serve.http;

import java.io.StringWriter;

/** The text of an answer: a query whose answer is longer than it may be ends. */
final class LimitedText extends StringWriter {
    @Override
    public void write(int c) {
        require(1);
        super.write(c);
    }

    @Override
    public void write(char[] text, int from, int length) {
        require(length);
        super.write(text, from, length);
    }

    @Override
    public void write(String text) {
        require(text.length());
        super.write(text);
    }

    @Override
    public void write(String text, int from, int length) {
        require(length);
        super.write(text, from, length);
    }

    private void require(int more) {
        if (getBuffer().length() + more > Queries.MOST_TEXT) {
            throw Queries.NotServed.tooLong();
        }
    }
}
