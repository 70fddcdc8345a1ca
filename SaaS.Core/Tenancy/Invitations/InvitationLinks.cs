using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>Builds the links of invitations and reads their tokens.</summary>
internal sealed class InvitationLinks(HmacTokens tokens, IOptions<CredentialOptions> options)
{
    public static readonly Problem Invalid = new(
        ProblemKind.Invalid,
        "INVALID_INVITATION",
        "This invitation is not valid: it was answered or withdrawn, has expired, or its link is incomplete"
    );

    /// <summary>The page below <see cref="CredentialOptions.Pages"/> that receives the token after <c>#</c>.</summary>
    public const string Page = "invitation";

    /// <summary>The maximum length of a token.</summary>
    public const int TokenMaxLength = 200;

    private const string TokenPurpose = "invitation";

    public async Task<Uri> CreateUrlAsync(Guid invitationId, CancellationToken ct)
    {
        var token = await tokens.IssueAsync(TokenPurpose, $"{invitationId:N}", ct);
        return new Uri($"{options.Value.Pages.AbsoluteUri.TrimEnd('/')}/{Page}#{token}");
    }

    /// <returns>The invitation's id; null when we did not issue the token.</returns>
    public async Task<Guid?> ValidateTokenAsync(string token, CancellationToken ct) =>
        await tokens.ValidateAsync(TokenPurpose, token, ct) is { } payload && Guid.TryParseExact(payload, "N", out var id) ? id : null;
}
