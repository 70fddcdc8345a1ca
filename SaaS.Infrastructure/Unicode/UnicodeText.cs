using System.Globalization;
using System.Text;

namespace SaaS.Infrastructure.Unicode;

/// <summary>Validates and normalizes text for display: normal form C, visible characters, and no control or format characters.</summary>
public static class UnicodeText
{
    /// <summary>
    /// The characters that <see cref="IsDisplayable"/> rejects and that a regular expression can name one by one; for character classes of
    /// patterns.
    /// </summary>
    public const string RejectedCharacters =
        @"\u0000-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB";

    private const char ZeroWidthNonJoiner = '\u200C';
    private const char ZeroWidthJoiner = '\u200D';

    /// <returns>The text in normal form C; null when it contains an unpaired surrogate.</returns>
    public static string? Normalize(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
            {
                return null;
            }

            at += rune.Utf16SequenceLength - 1;
        }

        return text.Normalize(NormalizationForm.FormC);
    }

    /// <summary>Indicates whether a character is visible by itself: no space, no combining mark, and no letter without a glyph.</summary>
    public static bool IsVisible(Rune rune) =>
        !IsIgnorable(rune)
        && Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.SpaceSeparator
                or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.OtherNotAssigned
            )
        && !IsControl(rune);

    /// <summary>
    /// Indicates whether a character has no glyph, though its category is letter, mark or symbol (Default_Ignorable_Code_Point, and the
    /// blanks of Braille and of music).
    /// </summary>
    public static bool IsIgnorable(Rune rune) =>
        rune.Value
            is 0x034F
                or 0x115F
                or 0x1160
                or 0x17B4
                or 0x17B5
                or (>= 0x180B and <= 0x180F)
                or 0x2065
                or 0x2800
                or 0x3164
                or (>= 0xFE00 and <= 0xFE0F)
                or 0xFFA0
                or (>= 0xFFF0 and <= 0xFFF8)
                or 0x1D159
                or (>= 0xE0000 and <= 0xE0FFF);

    /// <summary>
    /// Indicates whether a text is a single line without control or format characters, line or paragraph separators, or a leading combining
    /// mark. The two joiners, which Persian and emoji need, are allowed between characters that they join.
    /// </summary>
    public static bool IsDisplayable(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        return (runes is not [var first, ..] || !IsMark(first))
            && !runes.Where((rune, at) => IsControl(rune) && !IsJoined(runes, at)).Any();
    }

    /// <returns>The line in normal form C, trimmed; null when <see cref="IsDisplayable"/> rejects it.</returns>
    public static string? NormalizeLine(string typed) =>
        Normalize(typed) is { } text && IsDisplayable(text) && text.Trim() is var line && IsDisplayable(line) ? line : null;

    /// <summary>Indicates whether a text has a visible character.</summary>
    public static bool HasVisible(string text) => text.EnumerateRunes().Any(IsVisible);

    /// <summary>Removes what <see cref="IsDisplayable"/> rejects; for text from systems that cannot be asked to correct it.</summary>
    /// <returns>Null when nothing visible is left.</returns>
    public static string? Clean(string? text, int maxLength)
    {
        // An unpaired surrogate is enumerated as U+FFFD
        var runes = (text ?? "")
            .EnumerateRunes()
            .SkipWhile(rune => IsMark(rune) || IsControl(rune) || Rune.IsWhiteSpace(rune) || rune == Rune.ReplacementChar)
            .ToArray();
        var line = new StringBuilder();
        foreach (var rune in runes.Where((rune, at) => rune != Rune.ReplacementChar && (!IsControl(rune) || IsJoined(runes, at))))
        {
            line.Append(rune);
        }

        var normal = line.ToString().Normalize(NormalizationForm.FormC).Trim();
        var cut = string.Concat(normal.EnumerateRunes().Take(maxLength)).TrimEnd(' ', ZeroWidthNonJoiner, ZeroWidthJoiner);
        return HasVisible(cut) ? cut : null;
    }

    private static bool IsControl(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark;

    private static bool IsJoined(Rune[] runes, int at) =>
        runes[at].Value is ZeroWidthJoiner or ZeroWidthNonJoiner
        && at > 0
        && at < runes.Length - 1
        && (IsVisible(runes[at - 1]) || IsMark(runes[at - 1]))
        && IsVisible(runes[at + 1]);
}
