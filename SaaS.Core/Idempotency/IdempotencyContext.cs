using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace SaaS.Core.Idempotency;

/// <summary>
/// The idempotency key of the current request. A use case on an <c>Idempotent</c> route stores its response together with its changes;
/// without a key, and in commands and jobs, that does nothing.
/// </summary>
internal sealed class IdempotencyContext(IOptions<JsonOptions> json, TimeProvider clock)
{
    private IdempotencyKey? _key;

    /// <summary>True when the use case has stored its response.</summary>
    public bool IsStored { get; private set; }

    public void Begin(IdempotencyKey key) => _key = key;

    /// <summary>Adds the response to the changes that the next <c>SaveChangesAsync</c> writes.</summary>
    public Created<T> StoreResponse<T>(DbContext db, Created<T> response)
    {
        StoreResponse(db, response.StatusCode, response.Value, response.Location);
        return response;
    }

    /// <summary>Adds the response to the changes that the next <c>SaveChangesAsync</c> writes.</summary>
    public Ok<T> StoreResponse<T>(DbContext db, Ok<T> response)
    {
        StoreResponse(db, response.StatusCode, response.Value, location: null);
        return response;
    }

    /// <summary>Adds the response to the changes that the next <c>SaveChangesAsync</c> writes.</summary>
    public Accepted<T> StoreResponse<T>(DbContext db, Accepted<T> response)
    {
        StoreResponse(db, response.StatusCode, response.Value, response.Location);
        return response;
    }

    private void StoreResponse<T>(DbContext db, int status, T body, string? location)
    {
        if (_key is not { } key)
        {
            return;
        }

        IsStored = true;
        db.Add(
            new IdempotencyRecord
            {
                UserId = key.UserId,
                Operation = key.Operation,
                Key = key.Key,
                Fingerprint = key.Fingerprint,
                Status = status,
                Location = location,
                Body = JsonSerializer.Serialize(body, json.Value.SerializerOptions),
                StoredAt = clock.GetUtcNow(),
            }
        );
    }
}

/// <summary>The identity of a request with an idempotency key.</summary>
/// <param name="UserId">The id of the account or service account.</param>
/// <param name="Operation">The method and the path; keys are separate for each operation.</param>
/// <param name="Key">The value of the <c>Idempotency-Key</c> header.</param>
/// <param name="Fingerprint">The fingerprint of the request.</param>
internal sealed record IdempotencyKey(Guid UserId, string Operation, string Key, string Fingerprint);
