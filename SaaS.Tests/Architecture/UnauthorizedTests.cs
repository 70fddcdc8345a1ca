using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>Tests every operation of the OpenAPI document without authentication. New operations are covered automatically.</summary>
public sealed class UnauthorizedTests(SaaSApp app)
{
    /// <summary>Operations that allow anonymous access. This list may only shrink.</summary>
    private static readonly string[] Public =
    [
        "POST /api/auth/register",
        "POST /api/auth/login",
        "POST /api/auth/refresh",
        "POST /api/auth/verify-email",
        "POST /api/auth/forgot-password",
        "POST /api/auth/reset-password",
        "POST /api/auth/confirm-email",
        "POST /api/auth/mfa/totp",
        "POST /api/auth/mfa/recovery",
        "POST /api/auth/mfa/passkey/options",
        "POST /api/auth/mfa/passkey",
        "POST /api/auth/passkey/options",
        "POST /api/auth/passkey",
        "GET /api/downloads",
        "GET /api/auth/sso/azure/login/{tenantId}",
        "GET /api/auth/sso/azure/callback",
        "POST /api/auth/sso/azure/refresh",
        "POST /api/auth/sso/exchange",
        "POST /api/auth/sso/link",
        "POST /api/auth/sso/break-glass/{tenantId}",
        "POST /api/auth/sso/detect",
        "GET /api/auth/sso/check-availability/{tenantId}",
        "POST /api/invitations/preview",
        "POST /api/invitations/decline",
        "POST /api/invitations/register",
    ];

    [Fact]
    public async Task Anonymous_requests_get_401_except_on_public_operations()
    {
        using var nobody = app.NewClient();
        var operations = await ApiOperation.ReadAllAsync(app);
        var open = new List<string>();
        Assert.NotEmpty(operations);

        foreach (var operation in operations)
        {
            using var answer = await nobody.SendAsync(
                operation.RequestWith(
                    operation.PathParameters.ToDictionary(
                        parameter => parameter,
                        _ => Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString()
                    )
                )
            );
            if (
                answer.StatusCode is HttpStatusCode.Unauthorized
                && await answer.ReadProblemAsync(HttpStatusCode.Unauthorized) == "UNAUTHORIZED"
            )
            {
                continue;
            }

            open.Add(operation.Name);
        }

        // Refresh returns 401 to anonymous clients for a different reason: the request contains no token.
        Assert.Equal([.. Public.Order()], [.. open.Order()]);
    }
}
