using System.Text;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>A letter as plain text.</summary>
internal static class EmailText
{
    public static string Set(EmailTemplate letter, string greeting, string product)
    {
        var text = new StringBuilder(greeting).Append("\n\n");
        foreach (var passage in letter.Passages)
        {
            text.Append(Set(passage)).Append("\n\n");
        }

        // "-- " begins a signature, which mail programs know and leave out of replies.
        return text.Append("-- \n").Append(product).Append('\n').Append("Sent automatically; replies are not read.\n").ToString();
    }

    private static string Set(EmailBlock passage) => passage switch
    {
        Paragraph words => words.Text,
        Footnote aside => aside.Text,
        Button step => $"{step.Label}:\n{step.Link}",
        KeyValueTable facts => string.Join('\n', facts.Points.Select(point => $"{point.Name}: {point.Value}")),
        _ => throw new ArgumentOutOfRangeException(nameof(passage)),
    };
}
