namespace SaaS.Infrastructure.Mail;

/// <summary>A mail to one recipient, with the same content as text and as HTML.</summary>
/// <param name="Id">Becomes the Message-ID, so that the receiving server can recognize a duplicate.</param>
/// <param name="To">The recipient.</param>
/// <param name="Subject">One line; line breaks are replaced by spaces.</param>
/// <param name="Text">For mail programs without HTML.</param>
/// <param name="Html">A complete page without external resources.</param>
public sealed record Mail(Guid Id, Mailbox To, string Subject, string Text, string Html)
{
    /// <summary>Returns only the id, so that a mail that is logged by accident reveals no personal data.</summary>
    public override string ToString() => $"mail {Id}";
}

/// <summary>A mail address with its display name.</summary>
public sealed record Mailbox(string Address, string Name)
{
    public override string ToString() => "a mailbox";
}
