namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>The person that a mail is for.</summary>
internal sealed record Recipient(string Address, string FirstName, string LastName)
{
    public override string ToString() => "a recipient"; // no address and no name in a log
}
