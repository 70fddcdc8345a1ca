namespace SaaS.Infrastructure.Mail;

/// <summary>A letter to one person, with the same words as text and as HTML.</summary>
/// <param name="Id">Becomes the Message-ID, so that a mail that is sent twice is recognised by whoever receives it.</param>
/// <param name="To">Who gets it.</param>
/// <param name="Subject">One line; a line break in it becomes a space.</param>
/// <param name="Text">For programs that show no HTML.</param>
/// <param name="Html">A whole page that loads nothing from elsewhere.</param>
public sealed record Mail(Guid Id, Mailbox To, string Subject, string Text, string Html)
{
    /// <summary>The id alone: what is logged by accident then tells nothing about a person.</summary>
    public override string ToString() => $"mail {Id}";
}

/// <summary>Where a mail goes, and the name that is shown beside the address.</summary>
public sealed record Mailbox(string Address, string Name)
{
    public override string ToString() => "a mailbox";
}
