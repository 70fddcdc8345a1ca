namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>The recipient of a mail.</summary>
internal sealed record Recipient(string Address, string FirstName, string LastName)
{
    public override string ToString() => "a recipient"; // keeps the address and the name out of logs
}
